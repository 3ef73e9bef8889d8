package org.mobidesk.connector;

/**
 * A template image that this host has.
 *
 * @param id {@code NAME-VERSION}
 * @param unfit why no session of it may run here, or null when one may
 */
public record TemplateInfo(String id, String name, String version, long bytes, String unfit) {}
