// A person's client, made of matrix-js-sdk: it does what it is told on its input, a JSON object a
// line, and says what it sees on its output.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { HOMESERVER, USER_ID, PASSWORD, ENCRYPTS, SDK } = process.env;
const require = createRequire(pathToFileURL(SDK + "/"));
const sdk = await import(pathToFileURL(require.resolve("matrix-js-sdk")));
const { logger } = await import(pathToFileURL(require.resolve("matrix-js-sdk/lib/logger.js")));
logger.setLevel?.("error");
for (const name of ["log", "info", "warn", "debug", "trace", "error"]) console[name] = () => {};

const say = (o) => process.stdout.write(JSON.stringify(o) + "\n");

const login = await sdk.createClient({ baseUrl: HOMESERVER }).loginRequest({
  type: "m.login.password", identifier: { type: "m.id.user", user: USER_ID }, password: PASSWORD,
});
const client = sdk.createClient({
  baseUrl: HOMESERVER, userId: USER_ID, accessToken: login.access_token, deviceId: login.device_id, timelineSupport: true,
});
if (ENCRYPTS) await client.initRustCrypto({ useIndexedDB: false });

function tell(event) {
  if (event.isState() || event.isRedacted() || event.status) return;
  if (event.isBeingDecrypted() || event.getType() === "m.room.encrypted" && !event.isDecryptionFailure()) return;
  const content = { ...event.getOriginalContent() };
  const relation = event.getWireContent()["m.relates_to"];
  if (relation && !content["m.relates_to"]) content["m.relates_to"] = relation;
  say({ event: { event_id: event.getId(), type: event.getType(), sender: event.getSender(), origin_server_ts: event.getTs(), content }, room: event.getRoomId(),
    failed: event.isDecryptionFailure() ? String(event.decryptionFailureReason) : "" });
}

client.on("Room.timeline", (event, _room, toStartOfTimeline) => { if (!toStartOfTimeline) tell(event); });
client.on("Event.decrypted", tell);
client.on("Room.localEchoUpdated", tell);
client.on("Room.redaction", (event) => say({ gone: event.getAssociatedId(), room: event.getRoomId() }));

await client.startClient({ initialSyncLimit: 50, threadSupport: true });
await new Promise((done) => client.on("sync", (state) => state === "PREPARED" && done()));
say({ ready: true });

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function until(what, f) {
  for (let i = 0; i < 600; i++) {
    if (await f()) return;
    await sleep(50);
  }
  throw new Error(what + " did not come about");
}

const doings = {
  async join({ room }) {
    await client.joinRoom(room);
    await until("the room", () => client.getRoom(room)?.getMyMembership() === "join");
    return {};
  },
  // An encrypted room must be known as one before anything is sent to it.
  async knows({ room }) {
    await until("the room's encryption", () => client.getCrypto()?.isEncryptionEnabledInRoom(room));
    return {};
  },
  async send({ room, kind, content }) {
    const thread = content["m.relates_to"]?.rel_type === "m.thread" ? content["m.relates_to"].event_id : null;
    for (let i = 0; ; i++) {
      try {
        return { id: (await client.sendEvent(room, thread, kind, content)).event_id };
      } catch (err) {
        if (i === 20 || err.httpStatus && err.httpStatus < 500) throw err;
        await sleep(200 * (i + 1)); // the homeserver is away
      }
    }
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    say({ n: order.n, ...(await doings[order.do](order)) });
  } catch (err) {
    say({ n: order.n, error: String(err?.stack ?? err) });
  }
}
client.stopClient();
process.exit(0);
