// Runs CDK's own provider framework on a failed call, and prints the answer that CloudFormation would be sent.
// Only the two ends are put in its place: what the Lambda service returns, and where the answer goes.
// Arguments: the framework's folder, its entry. Input: {event, payload}, the payload as the service returns it.
"use strict";
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const [folder, entry] = process.argv.slice(2);
const { event, payload } = JSON.parse(readFileSync(0, "utf8"));
const load = createRequire(join(folder, "framework.js"));
const outbound = load("./outbound");
process.env.USER_ON_EVENT_FUNCTION_ARN = event.FunctionArn;
process.env.USER_IS_COMPLETE_FUNCTION_ARN = event.FunctionArn;
console.log = () => {}; // its chatter
outbound.invokeFunction = async () => ({ FunctionError: "Unhandled", Payload: Buffer.from(JSON.stringify(payload)) });
outbound.httpRequest = async (_options, body) => {
  process.stdout.write(body);
};
load("./framework")[entry](event);
