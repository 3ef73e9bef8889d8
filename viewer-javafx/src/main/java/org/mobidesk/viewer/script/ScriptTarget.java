package org.mobidesk.viewer.script;

import java.util.Optional;
import javafx.stage.Stage;
import org.mobidesk.viewer.screen.FrameLog;
import org.mobidesk.viewer.ui.DesktopWindow;

/** The viewer as a script sees it. To be used in the JavaFX thread only, but {@link #log}. */
public interface ScriptTarget {
  /** The desktop's window; none before the login. */
  Optional<DesktopWindow> desktop();

  /** The window that is shown. */
  Stage stage();

  /** What the login window says. */
  String loginMessage();

  /** The frame log, if one is written. */
  Optional<FrameLog> log();

  /** Closes the viewer. */
  void quit();
}
