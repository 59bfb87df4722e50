"""What the program itself says (errors, remedies, notices, findings, reasons), in the language of the person.

The code says it in English, as plain literals and f-strings where they are needed. `translated` recognises such a text
when it is shown and says it in another language; what it doesn't know stays as it is. The catalogues are made by
``scripts/write_locale.py``, which reads the texts out of the code.
"""

from copilot.wording.catalogues import translated, translator
from copilot.wording.places import SAID

__all__ = ["SAID", "translated", "translator"]
