// A phone over WebSocket: SIP.js, unmodified, with plain RTP where a browser has WebRTC. Called by tests/support/sipjs.py.
// usage: phone.js 'JSON of {server, address, user, password, folder, says}'
// Takes commands, a line of JSON each, on standard input; prints what happens as lines of JSON. It sends the audio of
// `says` (raw G.711 µ-law, over and over) and writes what it hears to FOLDER/heard.ulaw.
globalThis.WebSocket = require("ws");
const dgram = require("dgram");
const fs = require("fs");
const path = require("path");
const readline = require("readline");

const set = JSON.parse(process.argv[2]);
const tell = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));
const failed = (error) => tell("error", { text: String(error) });

// What a browser would offer: DTLS-SRTP, ICE, all on one port (RFC 8829).
const WEBRTC = ["v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0", "a=ice-ufrag:4ZcD",
  "a=ice-pwd:2/1muCWoOi3uLifh0NuRHlXn", "a=ice-options:trickle",
  "a=fingerprint:sha-256 75:74:5A:A6:A4:E5:52:F4:A7:67:4C:01:C7:EE:91:3F:21:3D:A2:E3:53:7B:6F:30:86:F2:30:AA:65:FB:04:24",
  "a=setup:actpass", "a=mid:0", "a=sendrecv", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2", "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:8 PCMA/8000", "a=rtpmap:126 telephone-event/8000", ""].join("\r\n");

class PlainRtp {
  constructor(isWebrtc) {
    this.isWebrtc = isWebrtc;
    this.socket = dgram.createSocket("udp4");
    this.heard = fs.openSync(path.join(set.folder, "heard.ulaw"), "a");
    this.socket.on("message", (packet) => {
      if ((packet[1] & 0x7f) === 0) fs.writeSync(this.heard, packet.subarray(12));
    });
    this.says = set.says ? fs.readFileSync(set.says) : Buffer.alloc(160, 0xff);
    this.sequence = 0;
    this.bound = new Promise((resolve) => this.socket.bind(0, "127.0.0.1", resolve));
  }
  hasDescription(contentType) { return contentType === "application/sdp"; }
  async getDescription() {
    await this.bound;
    const sdp = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
      `m=audio ${this.socket.address().port} RTP/AVP 0 101`, "a=rtpmap:0 PCMU/8000",
      "a=rtpmap:101 telephone-event/8000", "a=sendrecv", ""].join("\r\n");
    return { body: this.isWebrtc ? WEBRTC : sdp, contentType: "application/sdp" };
  }
  async setDescription(sdp) {
    const port = Number(/^m=audio (\d+)/m.exec(sdp)[1]);
    const host = /^c=IN IP4 (\S+)/m.exec(sdp)[1];
    this.timer ??= setInterval(() => this.send(port, host), 20);
  }
  send(port, host) {
    const at = (this.sequence * 160) % this.says.length;
    const head = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0x51, 0x0c, 0x0d, 0x0e]);
    head.writeUInt16BE(this.sequence & 0xffff, 2);
    head.writeUInt32BE((this.sequence * 160) >>> 0, 4);
    this.sequence += 1;
    this.socket.send(Buffer.concat([head, this.says.subarray(at, at + 160)]), port, host);
  }
  sendDtmf() { return false; }
  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.timer);
    this.bound.then(() => this.socket.close());
    fs.closeSync(this.heard);
  }
}

import("sip.js").then(({ Inviter, Registerer, SessionState, UserAgent }) => {
  let isWebrtc = false, session, registerer;
  const agent = new UserAgent({
    uri: UserAgent.makeURI(set.address),
    authorizationUsername: set.user,
    authorizationPassword: set.password,
    transportOptions: { server: set.server },
    sessionDescriptionHandlerFactory: () => new PlainRtp(isWebrtc),
    logBuiltinEnabled: false,
    logConnector: (level, category, label, content) => console.error(level, category, content),
    delegate: {
      onInvite: (invitation) => { hold(invitation); tell("ringing", { from: invitation.remoteIdentity.uri.toString() }); },
      onDisconnect: (error) => tell("disconnected", { text: String(error ?? "") }),
    },
  });
  function hold(one) {
    session = one;
    one.stateChange.addListener((state) => {
      if (state === SessionState.Established) tell("established");
      if (state === SessionState.Terminated) tell("closed");
    });
  }
  const outcome = (event) => ({
    onAccept: (response) => tell(event, { status: response.message.statusCode }),
    onReject: ({ message }) => tell(event, {
      status: message.statusCode,
      warning: message.getHeader("Warning") ?? "",
      error: message.getHeader("X-Twilio-Error") ?? "",
    }),
  });
  const commands = {
    connect: () => agent.start().then(() => tell("connected")),
    register: () => { registerer = new Registerer(agent); return registerer.register({ requestDelegate: outcome("registered") }); },
    unregister: () => registerer.unregister({ requestDelegate: outcome("unregistered") }),
    dial: ({ uri, webrtc }) => {
      isWebrtc = Boolean(webrtc);
      hold(new Inviter(agent, UserAgent.makeURI(uri)));
      return session.invite({ requestDelegate: outcome("answered") });
    },
    answer: () => session.accept(),
    hangup: () => session.bye(),
    vanish: () => process.exit(0),
  };
  readline.createInterface({ input: process.stdin })
    .on("line", (line) => {
      const command = JSON.parse(line);
      Promise.resolve(commands[command.do](command)).catch(failed);
    })
    .on("close", () => process.exit(0));
  tell("ready");
}).catch(failed);
