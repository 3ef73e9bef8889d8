package org.mobidesk.viewer.script;

/**
 * A command of a script could not be carried out; the message says why, in words for who wrote it.
 */
final class ScriptException extends Exception {
  private static final long serialVersionUID = 1L;

  ScriptException(String message) {
    super(message);
  }
}
