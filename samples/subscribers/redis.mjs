// Takes alerts out of the Redis stream as the member of a consumer group. Node 20; npm install @redis/client
// usage: TRACKING_REDIS=redis://127.0.0.1:6379 node redis.mjs GROUP MEMBER
import { createClient } from "@redis/client";

const [group, member] = process.argv.slice(2), stream = process.env.TRACKING_STREAM ?? "tracking:alerts";

function handle(alert) { // Does your work. It may see an alert twice after a crash: recognise it by alert.id.
  console.log(`${alert.at} ${alert.kind} ${alert.repId}: ${alert.text.en}`);
}

async function follow(redis) {
  await redis.connect();
  await redis.xGroupCreate(stream, group, "0", { MKSTREAM: true }).catch((error) => {
    if (!error.message.startsWith("BUSYGROUP")) throw error; // there is such a group already
  });
  for (let id = "0"; ;) { // first what this member was given and has not done, then what is new
    const read = await redis.xReadGroup(group, member, { key: stream, id }, { COUNT: 100, BLOCK: 5000 });
    const entries = read?.[0].messages ?? [];
    if (entries.length === 0) id = ">";
    for (const entry of entries) {
      if (entry?.message?.alert) handle(JSON.parse(entry.message.alert)); // none: it was cut off the stream meanwhile
      await redis.xAck(stream, group, entry.id); // after the work, never before
    }
  }
}

for (;;) {
  const redis = createClient({ url: process.env.TRACKING_REDIS, socket: { reconnectStrategy: false } });
  redis.on("error", () => {}); // the call under way fails too, and begins anew
  await follow(redis).catch((error) => console.error(`${error.message}; trying again`));
  redis.destroy();
  await new Promise((resolve) => setTimeout(resolve, 2000));
}
