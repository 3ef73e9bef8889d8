/**
 * The MobiDesk display protocol (docs/protocol.md): messages, their codec, and the screen they
 * paint.
 */
@SuppressWarnings("requires-automatic") // the decompressor has no module descriptor
module org.mobidesk.protocol {
  requires aircompressor.v3;
  requires java.desktop;

  exports org.mobidesk.protocol;
}
