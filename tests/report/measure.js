// What a page looks like, in numbers: `{overflow, outside, faint, hidden, texts}`. Lists have the texts that are wrong.
(() => {
  const visible = [], hidden = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    if (!node.data.trim() || node.parentElement.closest('title')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    (node.parentElement.checkVisibility() && box.width && box.height ? visible : hidden).push({ node, box, element: node.parentElement });
  }

  // Off the screen on purpose, for those who do not look at it.
  const isAside = (element) => element.closest('.skip, thead') && element.getBoundingClientRect().right < 0;
  const shown = visible.filter(({ element }) => !isAside(element));

  // A text ends where what holds it does: a box of a picture, a cell, or the page.
  const holder = (element) => {
    const node = element.closest('g.node');
    if (node) return node.querySelector('rect').getBoundingClientRect();
    const cell = element.closest('td, th, summary, li, dd, dt, caption, svg');
    return (cell || document.documentElement).getBoundingClientRect();
  };
  const outside = shown.filter(({ element, box }) => {
    const around = holder(element);
    return box.left < around.left - 1 || box.right > around.right + 1 || box.top < around.top - 3 || box.bottom > around.bottom + 3;
  });

  const parse = (color) => {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    return { red, green, blue, alpha };
  };
  const light = ({ red, green, blue }) => {
    const part = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
  };
  const behind = (element) => {
    const node = element.closest('g.node');
    if (node) return parse(getComputedStyle(node.querySelector('rect')).fill);
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.alpha === 1) return color;
    }
    return { red: 255, green: 255, blue: 255 };
  };
  const ratio = (element) => {
    const style = getComputedStyle(element);
    const [one, other] = [light(parse(element.closest('svg') ? style.fill : style.color)), light(behind(element))];
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  };
  // The ratios of WCAG 2.2, level AA. Large is 24 pixels, or 18.66 in bold.
  const least = (element) => {
    const { fontSize, fontWeight } = getComputedStyle(element);
    const size = parseFloat(fontSize);
    return size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700) ? 3 : 4.5;
  };
  const faint = shown.filter(({ element }) => ratio(element) < least(element));

  const text = ({ node }) => node.data.trim().slice(0, 80);
  return {
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    outside: outside.map(text),
    faint: faint.map((one) => `${text(one)} (${ratio(one.element).toFixed(2)})`),
    // A way through the page is of no use on paper.
    hidden: hidden.filter(({ element }) => !element.closest('nav, .skip')).map(text),
    texts: shown.length,
  };
})()
