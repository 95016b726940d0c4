// eslint-disable-next-line no-control-regex -- removing control characters is the point
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const loneSurrogates = /[\ud800-\udfff]/gu;

/** Without what no server takes and no person sees: control characters, as one pastes them from terminals, and halves of characters. */
export function cleanText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(controls, '').replace(loneSurrogates, '');
}
