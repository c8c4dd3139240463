// Twilio's own Node SDK, unmodified, pointed at a node as docs/rest.md says. Called by node_sdk/__init__.py.
// usage: client.js BASE_URL ACCOUNT_SID AUTH_TOKEN 'body of an async function of (client)'
// Prints what it returns as JSON; of an error of the API, its status and code.
const twilio = require("twilio");

const [baseUrl, accountSid, authToken, body] = process.argv.slice(2);
const client = twilio(accountSid, authToken);
client.api.baseUrl = baseUrl;

const AsyncFunction = (async () => {}).constructor;
new AsyncFunction("client", body)(client).then(
  (result) => console.log(JSON.stringify(result ?? null)),
  (error) => {
    if (!(error instanceof twilio.RestException)) throw error;
    console.log(JSON.stringify({ status: error.status, code: error.code, message: error.message }));
  },
);
