/** Where a passage stands, in words. */

/** "Service Manual, page 13, 7.2 Fault codes". */
export function placeText(passage, panel) {
  return [passage.title || passage.document, pageText(passage, panel), passage.section?.at(-1)].filter(Boolean).join(", ");
}

/** "Page 13"; empty where the format has no pages. */
export function pageText(passage, panel) {
  return passage.page ? panel.say("evidence.page", { page: passage.page }) : "";
}
