"""Questions to a page in a browser: can everybody see, name and touch what is on it?"""

SMALL_TARGETS = """() => [...document.querySelectorAll(
    'a, button, input, select, textarea, summary')]
  .filter(e => e.offsetParent && e.type !== 'hidden' && !e.closest('p:not(:has(.button))'))
  .map(e => [e.outerHTML.slice(0, 80), (e.closest('label') || e).getBoundingClientRect(),
    // Small buttons in rows are for a mouse (docs/screens.md); WCAG 2.2 2.5.8 asks for 24.
    e.matches('.small') && matchMedia('(pointer: fine)').matches ? 35.9 : 43.9])
  .filter(([, r, least]) => r.left >= 0 && r.height < least).map(([h]) => h)"""
UNNAMED = """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
  .filter(e => !e.labels || !e.labels.length).map(e => e.outerHTML)"""
LEVELS = """() => [...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])"""
# WCAG 2.2 relative luminance and contrast of every element that has text of its own.
FAINT = """() => {
  const part = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
  const rgba = c => c.match(/[\\d.]+/g).map(Number);
  const ground = e => { for (; e; e = e.parentElement) {
    const c = rgba(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
    return [255, 255, 255]; };
  return [...document.querySelectorAll('body *')].filter(e => e.offsetParent &&
      [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => {
    const a = light(rgba(getComputedStyle(e).color)), b = light(ground(e));
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.textContent.trim().slice(0, 30)];
  }).filter(([ratio]) => ratio < 4.5); }"""
