package org.mobidesk.connector;

/**
 * A template image that this host has.
 *
 * @param id {@code NAME-VERSION}
 */
public record TemplateInfo(String id, String name, String version, long bytes) {}
