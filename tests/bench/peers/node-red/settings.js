// SPDX-License-Identifier: GPL-3.0-or-later
// Node-RED with nothing but the flow of the bench: no editor, no HTTP, no calls home.
module.exports = {
  flowFile: "flows.json",
  httpAdminRoot: false,
  httpNodeRoot: false,
  diagnostics: { enabled: false },
  telemetry: { enabled: false, updateNotification: false },
  externalModules: { autoInstall: false, palette: { allowInstall: false }, modules: { allowInstall: false } },
  logging: { console: { level: "error", metrics: false, audit: false } },
  credentialSecret: false,
};
