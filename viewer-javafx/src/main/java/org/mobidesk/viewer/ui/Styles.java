package org.mobidesk.viewer.ui;

/** The stylesheet of all windows. */
final class Styles {
  private Styles() {}

  static String url() {
    return Styles.class.getResource("viewer.css").toExternalForm();
  }
}
