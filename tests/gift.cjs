// Reads GIFT from standard input with gift-pegjs and tells its questions as JSON. Called by test_practice_export.py.
const { createRequire } = require("node:module");
const { parse } = createRequire(process.argv[2] + "/")("gift-pegjs");

console.log(JSON.stringify(parse(require("node:fs").readFileSync(0, "utf8"))));
