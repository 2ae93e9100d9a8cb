// Writes the lines that the CLI reads from its engine's stderr: JSON, one a line.

/** @param {"INFO" | "ERROR"} level @param {Record<string, unknown>} fields `message`, and `error_code` for an error */
export function log(level, fields) {
  const target = level === "ERROR" ? "schema_engine::logger" : "schema_engine";
  process.stderr.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, fields, target })}\n`);
}
