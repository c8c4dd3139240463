// A menu in Node with Twilio's own library, signatures checked, without a web framework.
//
//     npm install twilio
//     TWILIO_AUTH_TOKEN=<the one that `make run` prints> node examples/node_ivr.js
//     make run VOICE_URL=http://localhost:3000/voice
//
// Dial sip:anyone@app.sip.localhost. You hear "Press 1 for a number between one and six."; 1 rolls a die.

const http = require("node:http");
const { randomInt } = require("node:crypto");
const twilio = require("twilio");

const port = Number(process.env.PORT ?? 3000);
const token = process.env.TWILIO_AUTH_TOKEN;

const pages = {
  "/voice": () => {
    const response = new twilio.twiml.VoiceResponse();
    response.gather({ numDigits: 1, action: "/roll" }).say("Press 1 for a number between one and six.");
    response.say("Goodbye.");
    return response;
  },
  "/roll": (form) => {
    const response = new twilio.twiml.VoiceResponse();
    if (form.Digits === "1") response.say(`You have rolled a ${randomInt(1, 7)}. Goodbye.`);
    else response.redirect("/voice");
    return response;
  },
};

const server = http.createServer((request, answer) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
    if (body.length > 65536) request.destroy();
  });
  request.on("end", () => {
    const form = Object.fromEntries(new URLSearchParams(body));
    const url = `http://${request.headers.host}${request.url}`;
    const page = pages[request.url];
    if (!twilio.validateRequest(token, request.headers["x-twilio-signature"] ?? "", url, form)) {
      answer.writeHead(403).end();
    } else if (page === undefined) {
      answer.writeHead(404).end();
    } else {
      answer.writeHead(200, { "Content-Type": "text/xml" }).end(page(form).toString());
    }
  });
});
server.listen(port, "127.0.0.1", () => console.error(`Running on http://127.0.0.1:${port}`));
