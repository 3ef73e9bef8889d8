package org.mobidesk.application;

/**
 * What a command inside a session did.
 *
 * @param exit status; 128 and the number of the signal that killed it
 * @param message of the host why the command was ended, or null
 */
public record ExecResult(int exit, byte[] stdout, byte[] stderr, String message) {}
