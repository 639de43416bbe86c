// Follows the alerts over the hub, as the console does. Node 20 and the package @microsoft/signalr.
// usage: TRACKING_URL=http://127.0.0.1:8080 TRACKING_TOKEN=trk_… node hub.mjs [CURSOR_FILE]
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

const { TRACKING_URL: url, TRACKING_TOKEN: token } = process.env;
const file = process.argv[2] ?? "cursor.txt";
let cursor = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0; // 0: from the beginning

const hub = new HubConnectionBuilder()
  .withUrl(`${url}/hub/live`, { accessTokenFactory: () => token })
  .withAutomaticReconnect({ nextRetryDelayInMilliseconds: () => 2000 }) // for ever
  .configureLogging(LogLevel.Error)
  .build();

hub.on("Alert", (alert) => {
  if (alert.cursor <= cursor) return; // seen before the connection broke
  // Your work. It may see an alert twice after a crash: recognise it by alert.id.
  console.log(`${alert.at} ${alert.kind} ${alert.repId}: ${alert.text.en}`);
  cursor = alert.cursor;
  writeFileSync(`${file}.new`, String(cursor)); // after the work, never before
  renameSync(`${file}.new`, file);
});

const resume = () => hub.invoke("ResumeAlerts", cursor);
hub.onreconnected(resume);
for (;;) {
  try {
    await hub.start();
    await resume();
    break;
  } catch (error) {
    console.error(`${error.message}; trying again`);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}
