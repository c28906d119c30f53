// Opens pages in a real Chromium and tells what it found, as JSON: violations that axe names, requests, colours,
// how wide the page is on a narrow screen, and one PDF per paper. Called by test_page.py with a plan as JSON.
const { modules, chromium, folder, pages } = JSON.parse(process.argv[2]);
const { createRequire } = require("node:module");
const { pathToFileURL } = require("node:url");
const load = createRequire(modules + "/");
const browsers = load("playwright-core");
const { HtmlValidate } = load("html-validate");
const axe = load.resolve("axe-core");

const FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

async function violations(page, media) {
  await page.emulateMedia({ media });
  const found = await page.evaluate(() => window.axe.run(document));
  return found.violations.map((each) => `${media}: ${each.impact}: ${each.id}: ${each.help}`);
}

function coloured() {
  const grey = (text) => new Set((text.match(/[\d.]+/g) || []).slice(0, 3)).size <= 1;
  const told = ["color", "backgroundColor", "borderTopColor"];
  return [...document.querySelectorAll("*")].flatMap((each) => {
    const style = getComputedStyle(each);
    return told.filter((name) => !grey(style[name])).map((name) => `${each.tagName}: ${name} ${style[name]}`);
  });
}

async function look(context, path) {
  const page = await context.newPage();
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  const url = pathToFileURL(path).href;
  await page.goto(url);
  const name = path.replace(/\.html$/, "");
  const pdfs = { A4: `${name}-A4.pdf`, Letter: `${name}-Letter.pdf` };
  for (const format in pdfs) await page.pdf({ path: pdfs[format], format, preferCSSPageSize: true });
  await page.screenshot({ path: `${name}.png`, fullPage: true });
  const narrow = await context.newPage();
  await narrow.setViewportSize({ width: 320, height: 640 });
  await narrow.goto(url);
  const wide = await narrow.evaluate(() => document.documentElement.scrollWidth);
  await page.addScriptTag({ path: axe });
  const axed = [...(await violations(page, "screen")), ...(await violations(page, "print"))];
  return { pdfs, axe: axed, coloured: await page.evaluate(coloured), wide, requests: requests.filter((each) => each !== url) };
}

async function main() {
  const htmlvalidate = new HtmlValidate({ extends: ["html-validate:standard"] });
  // The policy of the page allows no script, which is as it should be, and keeps axe out.
  const options = { executablePath: chromium, args: FLAGS, chromiumSandbox: false };
  const context = await browsers.chromium.launchPersistentContext(folder + "/profile", { ...options, bypassCSP: true });
  const told = {};
  for (const path of pages) {
    const report = await htmlvalidate.validateFile(path);
    const mistakes = report.results.flatMap((each) => each.messages.map((said) => `${said.line}: ${said.ruleId}: ${said.message}`));
    told[path] = { ...(await look(context, path)), mistakes };
  }
  await context.close();
  console.log(JSON.stringify(told));
}

main().catch((error) => { console.error(error); process.exit(1); });
