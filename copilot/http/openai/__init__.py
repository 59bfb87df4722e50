"""What clients of OpenAI's interface know: chat completions, models, embeddings; answered from the documents.

Source: OpenAI API reference, “Chat”, “Models”, “Embeddings”; errors as its “Error codes”.
"""
