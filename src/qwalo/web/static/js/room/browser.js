// @ts-check

/**
 * @typedef {"chrome" | "edge" | "firefox" | "safari" | "ios-safari" | "ios-other" | "android-chrome" |
 *   "android-firefox" | "samsung" | "other"} Browser
 */

/**
 * Which browser it is, for directions that name its buttons. Nothing else may hang on this.
 * @param {string} agent
 * @param {number} touchPoints  an iPad calls itself a Mac
 * @returns {Browser}
 */
export function browserOf(agent = navigator.userAgent, touchPoints = navigator.maxTouchPoints) {
  if (/iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touchPoints > 1)) {
    return /CriOS|FxiOS|EdgiOS|GSA\//.test(agent) ? "ios-other" : "ios-safari";
  }
  const android = /Android/.test(agent);
  if (/Firefox\//.test(agent)) return android ? "android-firefox" : "firefox";
  if (/SamsungBrowser\//.test(agent)) return "samsung";
  if (/Edg(e|A)?\//.test(agent)) return android ? "android-chrome" : "edge";
  if (/Chrome\//.test(agent)) return android ? "android-chrome" : "chrome";
  return /Safari\//.test(agent) ? "safari" : "other";
}
