/** Where a passage stands, in words. */

/** "Service Manual, page 13, 7.2 Fault codes". */
export function placeText(passage, panel) {
  return [passage.title || passage.document, pageText(passage, panel), passage.section?.at(-1)].filter(Boolean).join(", ");
}

/** The name of a passage and where it is from: the section of a document, but a signal or a note by its own name. */
export function nameText(passage, panel) {
  const section = passage.section?.at(-1) ?? "";
  if (passage.chunk_id < 0) return [passage.title || section, passage.title ? section : ""];
  return [section || passage.title, [pageText(passage, panel), passage.title].filter(Boolean).join(" · ")];
}

/** "Page 13"; empty where the format has no pages. */
export function pageText(passage, panel) {
  return passage.page ? panel.say("evidence.page", { page: passage.page }) : "";
}
