/** The MobiDesk viewer: shows a session's desktop and sends it what the user does. */
module org.mobidesk.viewer {
  requires info.picocli;
  requires jakarta.json;
  requires java.desktop; // PNG files
  requires java.net.http;
  requires javafx.controls;
  requires javafx.graphics;
  requires org.mobidesk.protocol;

  opens org.mobidesk.viewer to
      info.picocli;
}
