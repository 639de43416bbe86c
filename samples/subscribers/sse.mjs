// Follows the alerts as server-sent events and goes on where it was after any interruption. Node 20, no packages.
// usage: TRACKING_URL=http://127.0.0.1:8080 TRACKING_TOKEN=trk_… node sse.mjs [CURSOR_FILE]
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

const { TRACKING_URL: url, TRACKING_TOKEN: token } = process.env;
const file = process.argv[2] ?? "cursor.txt";
let cursor = existsSync(file) ? readFileSync(file, "utf8").trim() : "0"; // 0: from the beginning

function handle(alert) { // Does your work. It may see an alert twice after a crash: recognise it by alert.id.
  console.log(`${alert.at} ${alert.kind} ${alert.repId}: ${alert.text.en}`);
}

async function follow() {
  const answer = await fetch(`${url}/v1/alerts/stream`, { headers: { authorization: `Bearer ${token}`, "last-event-id": cursor } });
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  let text = "";
  for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
    const events = (text + part).split("\n\n");
    text = events.pop(); // the beginning of the next one
    for (const event of events) {
      const fields = Object.fromEntries(event.split("\n").map((line) => line.split(/: (.*)/s, 2)));
      if (fields.event !== "alert") continue; // a comment, which shows that the connection lives
      handle(JSON.parse(fields.data));
      cursor = fields.id;
      writeFileSync(`${file}.new`, cursor); // after the work, never before
      renameSync(`${file}.new`, file);
    }
  }
}

for (;;) {
  await follow().catch((error) => console.error(`${error.message}; trying again`));
  await new Promise((resolve) => setTimeout(resolve, 2000));
}
