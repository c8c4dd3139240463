#!/usr/bin/env bash
# Register a phone: it answers, says a sentence, waits for a key, and hangs up.
#
#     offhook domain create office --registration
#     echo 'Correct-Horse-7' | offhook domain user add office alice
#     PASSWORD=Correct-Horse-7 examples/register_phone.sh
#
# Ring it by Twilio's SDK: client.calls.create(to="sip:alice@office.sip.localhost", from_="sip:x@office.sip.localhost",
# twiml="<Response><Pause length='9'/></Response>"). You see what happened, and hear her in the call's recording.
set -euo pipefail
user=${PHONE_USER:-alice} domain=${DOMAIN:-office.sip.localhost} proxy=${PROXY:-127.0.0.1:5060}
offhook=${OFFHOOK:-$(dirname "$0")/../.venv/bin/offhook}

exec "$offhook" phone --register "sip:$user@$domain" --auth "$user:${PASSWORD:?of the user}" --proxy "$proxy" \
  --say "Alice speaking. I shall press one." --press W1 --for 9 --once
