// Contrast ratios (WCAG 2.2, 1.4.3 and 1.4.11) of what a page shows, from the styles that the browser computes.
() => {
  const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");

  // Red, green, blue from 0 to 255, and alpha from 0 to 1, of any notation.
  function channels(colour) {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  }

  function over(top, below) {
    return [0, 1, 2].map((index) => top[index] * top[3] + below[index] * (1 - top[3])).concat(1);
  }

  function background(element) {
    const layers = [];
    for (let each = element; each; each = each.parentElement) layers.push(channels(getComputedStyle(each).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), channels("Canvas"));
  }

  function luminance(colour) {
    const [red, green, blue] = colour.slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function ratio(colour, behind) {
    const [dark, light] = [luminance(over(channels(colour), behind)), luminance(behind)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  const found = [];
  const note = (kind, element, colour, behind) =>
    found.push([kind, `${element.nodeName} ${element.getAttribute("class") || ""} ${element.textContent.trim().slice(0, 30)}`, ratio(colour, behind)]);

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.getClientRects().length || element.closest("option, script")) continue;
    const style = getComputedStyle(element);
    note("text", element, element.closest("svg") ? style.fill : style.color, background(element));
  }
  for (const line of document.querySelectorAll(".chart .line, .wire .dots")) {
    note("graphic", line, getComputedStyle(line).stroke, background(line));
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), select")) {
    note("graphic", field, getComputedStyle(field).borderTopColor, background(field.parentElement));
  }
  for (const card of document.querySelectorAll(".instance")) {
    note("graphic", card, getComputedStyle(card).borderLeftColor, background(card));
  }
  return found;
}
