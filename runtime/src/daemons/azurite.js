// Lends Azurite's accounts to those who connect to a Unix socket, and empties them when they are given back. Node.js runs it before Azurite.

const { createHmac } = require("crypto");
const { rmSync } = require("fs");
const net = require("net");

const { STORAGE_KEY: key } = process.env;
const VERSION = "2019-12-12";
const free = Array.from({ length: 1000 }, (_, number) => `test${number + 1}`);
const waiting = [];

// The last is for those who have the server to themselves. It reads the variable as soon as it runs, and must not change it afterwards.
process.env.AZURITE_ACCOUNTS = [...free, "test"].map((account) => `${account}:${key}`).join(";");

// What lets everybody do everything in an account (https://learn.microsoft.com/rest/api/storageservices/create-account-sas).
function signature(account) {
  const rights = { sp: "rwdlau", ss: "bqt", srt: "sco", st: "", se: "2100-01-01T00:00:00Z", sip: "", spr: "", sv: VERSION };
  const hmac = createHmac("sha256", Buffer.from(key, "base64"));
  const sig = hmac.update([account, ...Object.values(rights), ""].join("\n")).digest("base64");
  const given = Object.entries({ ...rights, sig }).filter(([, value]) => value);
  return new URLSearchParams(given).toString();
}

async function ask(account, service, method, path, query, headers) {
  const port = process.argv[process.argv.indexOf(`--${service}Port`) + 1];
  const url = `http://127.0.0.1:${port}/${account}${path}?${query}`;
  const json = { accept: "application/json;odata=nometadata", "x-ms-version": VERSION };
  const answer = await fetch(`${url}&${signature(account)}`, { method, headers: { ...json, ...headers } });
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(`${method} ${url}: status ${answer.status}: ${text}`);
  }
  return text;
}

// The names of what there is, page by page, until there is nothing.
async function* all(account, service, path, query, pattern) {
  for (;;) {
    const names = [...(await ask(account, service, "GET", path, query)).matchAll(pattern)];
    if (!names.length) return;
    yield* names.map(([, name]) => name);
  }
}

async function empty(account) {
  const xml = /<Name>(.*?)<\/Name>/g;
  const breaks = { "x-ms-lease-action": "break", "x-ms-lease-break-period": "0" };
  for await (const name of all(account, "blob", "", "comp=list", xml)) {
    // It answers that there is no lease, if there is none.
    await ask(account, "blob", "PUT", `/${name}`, "restype=container&comp=lease", breaks).catch(() => {});
    await ask(account, "blob", "DELETE", `/${name}`, "restype=container");
  }
  for await (const name of all(account, "queue", "", "comp=list", xml)) {
    await ask(account, "queue", "DELETE", `/${name}`, "");
  }
  for await (const name of all(account, "table", "/Tables", "", /"TableName":"(.*?)"/g)) {
    await ask(account, "table", "DELETE", `/Tables('${name}')`, "");
  }
}

function lend() {
  while (free.length && waiting.length) {
    const connection = waiting.shift();
    const account = free.shift();
    connection.once("close", () => giveBack(account));
    connection.write(`${account}\n`);
  }
}

// An account that cannot be emptied is not lent again.
function giveBack(account) {
  empty(account).then(() => {
    free.push(account);
    lend();
  }, console.error);
}

// One that was killed has left it behind.
rmSync("./lender", { force: true });
net
  .createServer((connection) => {
    connection.on("error", () => {});
    connection.resume();
    waiting.push(connection);
    lend();
  })
  .listen("./lender");
