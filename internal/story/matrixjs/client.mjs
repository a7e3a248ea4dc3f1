// One member with matrix-js-sdk as it is published. A test tells it what the person does, a line of
// JSON each on stdin ({"id":1,"do":"say",…}), and reads on stdout how it went ({"id":1,"ok":…} or
// {"id":1,"error":"…"}) and, on being asked, what the person sees. It ends with its input.
import { createInterface } from "node:readline";
import { decryptAttachment, encryptAttachment } from "matrix-encrypt-attachment";
import { logger } from "matrix-js-sdk/lib/logger.js";
import { OnlySignedDevicesIsolationMode } from "matrix-js-sdk/lib/crypto-api/index.js";
import * as sdk from "matrix-js-sdk";

logger.setLevel("error");
for (const level of ["debug", "info", "log", "warn", "error"]) console[level] = () => {}; // stdout is for answers

let client;
const events = new Map(); // the events of all rooms by id, as the client's own timelines hold them

/** Resolves with what f returns, as soon as that is true; looks again whenever the client has news. */
async function until(what, f, patience = 30_000) {
    for (const end = Date.now() + patience; Date.now() < end; ) {
        const got = await f();
        if (got) return got;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${what} did not come about`);
}

/** A room once its state has come: before that the client would write in plain where it should encrypt. */
function ready(id, patience) {
    return until(`the state of ${id}`, () => {
        const room = client.getRoom(id);
        return room?.getMyMembership() === "join" && room.currentState.getStateEvents("m.room.create", "") && room;
    }, patience);
}

const stateOf = (room, kind, key = "") => room.currentState.getStateEvents(kind, key)?.getContent();

/** The id of an event that is sent. When only the homeserver's answer was lost, the event stands there all the same. */
async function send(id, thread, kind, content) {
    await ready(id);
    const txn = client.makeTxnId();
    try {
        return (await client.sendEvent(id, thread || null, kind, content, txn)).event_id;
    } catch (error) {
        const there = [...events.keys()].find((e) => !e.status && e.getUnsigned().transaction_id === txn);
        if (!there) throw error;
        return there.getId();
    }
}

const write = (id, thread, content) => send(id, thread, "m.room.message", content);

/** The client's own name for threads is another one where the homeserver does not tell that it knows them. */
function threadOf(e) {
    const relation = e.getWireContent()["m.relates_to"];
    return ["m.thread", sdk.THREAD_RELATION_TYPE.name].includes(relation?.rel_type) ? relation.event_id : "";
}

async function shown(room, e) {
    const reactions = room.relations.getChildEventsForEvent(e.getId(), "m.annotation", "m.reaction")?.getRelations() ?? [];
    const c = e.getContent(); // with the last edit
    return {
        id: e.getId(),
        from: e.getSender(),
        thread: threadOf(e),
        kind: c.msgtype ?? "",
        body: c.body ?? "",
        html: c.formatted_body ?? "",
        name: c.filename ?? "",
        key: e.getWireContent()["guildhall.key"] ?? "",
        failed: e.isDecryptionFailure(),
        sealed: e.isEncrypted(),
        // What a client paints beside a message that it does not trust: 0 is nothing.
        shield: (e.isEncrypted() && (await client.getCrypto().getEncryptionInfoForEvent(e))?.shieldColour) || 0,
        reactions: reactions.filter((r) => !r.isRedacted()).map((r) => ({ from: r.getSender(), key: r.getRelation().key })),
    };
}

const actions = {
    async login({ homeserver, user, password, sealed }) {
        const first = sdk.createClient({ baseUrl: homeserver });
        const auth = { type: "m.login.password", identifier: { type: "m.id.user", user }, password };
        const got = await first.loginRequest(auth);
        client = sdk.createClient({
            baseUrl: homeserver, userId: got.user_id, deviceId: got.device_id, accessToken: got.access_token,
            timelineSupport: true,
        });
        if (sealed) {
            await client.initRustCrypto({ useIndexedDB: false });
            await client.getCrypto().bootstrapCrossSigning({ authUploadDeviceSigningKeys: (request) => request(auth) });
            // As clients will do by default: no keys for devices that their owner did not sign.
            client.getCrypto().setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());
        }
        const keep = (e) => e.getId() && !events.has(e) && events.set(e, e.getRoomId());
        client.on(sdk.RoomEvent.Timeline, keep);
        client.on(sdk.ClientEvent.Event, keep);
        await client.startClient({ initialSyncLimit: 100, threadSupport: true });
        await until("the first sync", () => ["PREPARED", "SYNCING"].includes(client.getSyncState()));
        return got.user_id;
    },

    async room({ name, invite, sealed }) {
        const encryption = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
        const { room_id: id } = await client.createRoom({ name, invite, preset: "private_chat", initial_state: sealed ? [encryption] : [] });
        const room = await ready(id);
        await until("the new room's state", () => stateOf(room, "m.room.name") && (!sealed || client.getCrypto().isEncryptionEnabledInRoom(id)));
        return id;
    },

    async join({ room }) {
        const joined = await client.joinRoom(room);
        try {
            await ready(joined.roomId, 10_000);
        } catch {
            // A busy Dendrite now and then leaves a room out of the sync that it belongs to; who looks
            // afresh, as one does who reloads their client, sees it.
            client.stopClient();
            await client.startClient({ initialSyncLimit: 100, threadSupport: true });
            await ready(joined.roomId);
        }
        return joined.roomId;
    },

    rooms() {
        return client.getRooms().map((room) => ({
            id: room.roomId,
            membership: room.getMyMembership(),
            name: stateOf(room, "m.room.name")?.name ?? "",
            space: room.isSpaceRoom(),
            sealed: room.hasEncryptionStateEvent(),
            children: room.currentState.getStateEvents("m.space.child").filter((e) => e.getContent().via).map((e) => e.getStateKey()),
        }));
    },

    say: ({ room, thread, body }) => write(room, thread, { msgtype: "m.text", body }),

    reply: ({ room, to, body }) => write(room, "", { msgtype: "m.text", body, "m.relates_to": { "m.in_reply_to": { event_id: to } } }),

    edit: ({ room, to, body }) =>
        write(room, "", {
            msgtype: "m.text", body: `* ${body}`, "m.new_content": { msgtype: "m.text", body },
            "m.relates_to": { rel_type: "m.replace", event_id: to },
        }),

    async redact({ room, message }) {
        await ready(room);
        return (await client.redactEvent(room, message)).event_id;
    },

    react: ({ room, to, key }) => send(room, "", "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: to, key } }),

    async file({ room, thread, name, type, data }) {
        await ready(room);
        const plain = Buffer.from(data, "base64");
        const content = { msgtype: "m.file", body: name, filename: name, info: { mimetype: type, size: plain.length } };
        if (await client.getCrypto()?.isEncryptionEnabledInRoom(room)) {
            const locked = await encryptAttachment(plain.buffer.slice(plain.byteOffset, plain.byteOffset + plain.length));
            const up = await client.uploadContent(Buffer.from(locked.data), { type: "application/octet-stream", includeFilename: false });
            content.file = { ...locked.info, url: up.content_uri };
        } else {
            content.url = (await client.uploadContent(plain, { type, name })).content_uri;
        }
        return write(room, thread, content);
    },

    async fetch({ room, message }) {
        const e = await until("the file", () => [...events.keys()].find((e) => e.getRoomId() === room && e.getId() === message));
        const { url, file } = e.getContent();
        const address = client.mxcUrlToHttp(file?.url ?? url, undefined, undefined, undefined, false, true, true);
        const got = await fetch(address, { headers: { Authorization: `Bearer ${client.getAccessToken()}` } });
        if (!got.ok) throw new Error(`${address}: ${got.status}`);
        const data = await got.arrayBuffer();
        return Buffer.from(file ? await decryptAttachment(data, file) : data).toString("base64");
    },

    see({ room: id }) {
        const room = client.getRoom(id);
        const byID = new Map();
        for (const [e, at] of events) {
            if (at !== id || e.status || e.isRedacted() || e.isRelation("m.replace")) continue;
            if (e.getType() !== "m.room.message" && !e.isDecryptionFailure() && !e.isBeingDecrypted()) continue;
            // The timelines' event rather than another with its id: edits reach only that one.
            byID.set(e.getId(), room.findEventById(e.getId()) ?? e);
        }
        return Promise.all([...byID.values()].sort((a, b) => a.getTs() - b.getTs()).map((e) => shown(room, e)));
    },

    /** The network is back: what a browser tells the client, which would look again some seconds later. */
    online() {
        return client.retryImmediately();
    },
};

const answer = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

createInterface({ input: process.stdin })
    .on("line", async (line) => {
        const { id, do: action, ...rest } = JSON.parse(line);
        try {
            answer({ id, ok: (await actions[action](rest)) ?? null });
        } catch (error) {
            answer({ id, error: `${error?.stack ?? error}` });
        }
    })
    .on("close", () => process.exit(0));
