// Firefox in a session starts with the page that was asked for, and nothing beside it.

// Its sandbox cannot make namespaces of its own here, as nothing in a session can (docs/security.md); a user cannot change that.
pref("security.sandbox.warn_unprivileged_namespaces", false);

// What Firefox sends to its makers is the administrator's decision.
pref("datareporting.policy.dataSubmissionEnabled", false);
pref("toolkit.telemetry.reportingpolicy.firstRun", false);
pref("browser.aboutwelcome.enabled", false);
