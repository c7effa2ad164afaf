// @ts-check

/**
 * @typedef {import("./browser.js").Browser} Browser
 * @typedef {import("./capture.js").Kind} Kind
 * @typedef {{ title: string, text: string, steps: string[] }} Help
 */

/**
 * What went wrong with these devices, and where to click in this browser.
 * @param {Kind[]} kinds  those that failed, with the same error
 * @param {string} error  the browser's name of it; "Insecure" and "Dismissed" are ours
 * @param {Browser} browser
 * @returns {Help}
 */
export function helpFor(kinds, error, browser) {
  const what = kinds.length > 1 ? "camera and microphone" : (kinds[0] ?? "microphone");
  const are = kinds.length > 1 ? "are" : "is";
  switch (error) {
    case "NotAllowedError":
    case "SecurityError":
      return {
        title: `Your ${what} ${are} blocked`,
        text: `Your browser does not let this page use ${kinds.length > 1 ? "them" : "it"}. You can change that here:`,
        steps: [...unblocking(browser, what), ...unblockingSystem(browser), "Then press Try again."],
      };
    case "Dismissed":
      return {
        title: `Your ${what} ${are} not allowed yet`,
        text: "Your browser asked, and the question was closed.",
        steps: ["Press Try again, and choose Allow in the question that appears."],
      };
    case "NotFoundError":
    case "DevicesNotFoundError":
      return {
        title: `No ${what.replace(" and ", " or ")} was found`,
        text: "Your browser does not see one on this device.",
        steps: [
          "Plug it in, or connect your headset.",
          "On a laptop, look for a switch or a key that turns it off.",
          "Then press Try again.",
        ],
      };
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return {
        title: `Your ${what} ${kinds.length > 1 ? "do" : "does"} not start`,
        text: "Another program may be using it, or your system holds it back.",
        steps: [
          "Close other programs and tabs that make calls, such as Zoom, Teams or Meet.",
          `See whether your system’s privacy settings allow browsers to use the ${what}.`,
          "Then press Try again. If that does not help, unplug the device, or restart the browser.",
        ],
      };
    case "OverconstrainedError":
      return {
        title: `The ${what} that you chose cannot be used`,
        text: "It may have been unplugged.",
        steps: ["Choose another one in the list, or press Try again."],
      };
    case "Insecure":
      return {
        title: `Browsers give no ${kinds.length > 1 ? "camera or microphone" : what} to this address`,
        text: "It is not encrypted: the address has to begin with https.",
        steps: ["Open the link from your invitation again.", "If it begins with http, tell whoever invited you."],
      };
    default:
      return {
        title: `Your ${what} cannot be used`,
        text: "The browser did not say why.",
        steps: ["Press Try again. If that does not help, load the page again, or take another browser."],
      };
  }
}

/**
 * On a computer the system can refuse the browser as a whole, and the browser does not say so.
 * @param {Browser} browser
 * @returns {string[]}
 */
function unblockingSystem(browser) {
  if (!["chrome", "edge", "firefox", "safari"].includes(browser)) return [];
  return ["If it is allowed there already, allow your browser in the privacy settings of your computer."];
}

/**
 * @param {Browser} browser
 * @param {string} what
 * @returns {string[]}
 */
function unblocking(browser, what) {
  switch (browser) {
    case "chrome":
    case "edge":
      return [
        "Click the icon at the left of the address, just before its first letter.",
        `Turn on the ${what}${browser === "edge" ? ", under “Permissions for this site”" : ""}.`,
      ];
    case "firefox":
      return [
        `Click the crossed-out ${what.includes("camera") ? "camera" : "microphone"} at the left of the address.`,
        "Click the × beside “Blocked”.",
      ];
    case "safari":
      return ["In the menu bar, open Safari, then “Settings for This Website…”.", `Set the ${what} to Allow.`];
    case "ios-safari":
      return [
        "Tap the icon at the left end of the address bar (“AA” in older versions).",
        "Tap “Website Settings”, which newer versions show under the three dots.",
        `Set the ${what} to Allow.`,
      ];
    case "ios-other":
      return [
        "Open the Settings of your iPhone or iPad, and there the entry of this browser, under Apps.",
        `Turn on the ${what}, and come back here.`,
      ];
    case "android-chrome":
    case "samsung":
      return [
        "Tap the icon at the left of the address, then “Permissions”.",
        `Turn on the ${what}.`,
        "If it is on already, allow it in the Android settings too, under Apps and this browser.",
      ];
    case "android-firefox":
      return ["Tap the lock or shield at the left of the address.", `Set the ${what} to “Allowed”.`];
    default:
      return [`Look for the settings of this page beside the address, and allow the ${what} there.`];
  }
}
