package org.mobidesk.domain.model.server;

/**
 * A template image that a server has.
 *
 * @param id {@code NAME-VERSION}: what a session is pinned to
 */
public record Template(String id, String name, String version) {}
