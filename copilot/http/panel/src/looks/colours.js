/** Colours: light, dark, and both in high contrast. Text on its ground has 4.5:1 at least, in high contrast 7:1. */
export const COLOURS = /* css */ `
.panel {
  --ground: #f3f5f7; --surface: #ffffff; --sunk: #e9edf1; --ink: #17212b; --quiet: #51606e; --line: #d3dbe2;
  --edge: #7b8a98; --accent: #0a5c86; --accent-ink: #ffffff; --accent-soft: #e2eff7; --mark: #ffe48a; --mark-ink: #17212b;
  --bad: #a8201a; --bad-soft: #fdecea; --warn: #7a4a00; --warn-soft: #fff3d6; --good: #1b6a3a; --focus: #0a5c86;
  --border: 1px; --shadow: 0 1px 2px rgb(23 33 43 / 8%);
  color-scheme: light;
}
.panel[data-theme="dark"] {
  --ground: #10171e; --surface: #18222c; --sunk: #0b1117; --ink: #e6edf3; --quiet: #a3b3c1; --line: #2e3b48;
  --edge: #71828f; --accent: #6cc0ec; --accent-ink: #06202f; --accent-soft: #17354a; --mark: #6a5200; --mark-ink: #fff6d8;
  --bad: #ff9c92; --bad-soft: #3b1917; --warn: #ffc76b; --warn-soft: #33270e; --good: #7fd6a0; --focus: #8fd0f4;
  --shadow: none;
  color-scheme: dark;
}
.panel[data-contrast="more"] {
  --ground: #ffffff; --surface: #ffffff; --sunk: #ffffff; --ink: #000000; --quiet: #1f1f1f; --line: #000000;
  --edge: #000000; --accent: #00386b; --accent-soft: #ffffff; --mark: #ffe000; --mark-ink: #000000; --bad: #8c0000;
  --bad-soft: #ffffff; --warn: #5a3300; --warn-soft: #ffffff; --good: #00401a; --focus: #c400a0; --border: 2px;
  --shadow: none;
}
.panel[data-theme="dark"][data-contrast="more"] {
  --ground: #000000; --surface: #000000; --sunk: #000000; --ink: #ffffff; --quiet: #e8e8e8; --line: #ffffff;
  --edge: #ffffff; --accent: #ffe14d; --accent-ink: #000000; --accent-soft: #000000; --mark: #ffe14d;
  --mark-ink: #000000; --bad: #ffb3ab; --bad-soft: #000000; --warn: #ffd591; --warn-soft: #000000; --good: #8dffb5;
  --focus: #00e5ff;
}
`;
