package org.mobidesk.domain.model.audit;

import java.time.Instant;

/**
 * Who did what, for later questions.
 *
 * @param actor user name, as claimed when a login failed
 * @param action such as {@code login}, {@code login-failed}, {@code session-migrate}
 * @param session or null when it is about none
 * @param detail in words, or null
 */
public record AuditRecord(
    Instant time, String actor, String origin, String action, String session, String detail) {}
