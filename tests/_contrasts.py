"""How well text on a page stands out."""

#: Of each text that selectors choose, its contrast as the Web Content Accessibility Guidelines
#: have it.
CONTRASTS = """chosen => {
  const luminance = ([r, g, b]) => [[r, 0.2126], [g, 0.7152], [b, 0.0722]]
    .map(([value, share]) => [value / 255, share])
    .map(([v, share]) => share * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((a, b) => a + b);
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  return Object.fromEntries([...document.querySelectorAll(chosen)].map(element => {
    const [a, b] = [parse(getComputedStyle(element).color), behind(element)].map(luminance);
    const name = element.tagName + "." + element.className + element.textContent.slice(0, 20);
    return [name, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
  }));
}"""
