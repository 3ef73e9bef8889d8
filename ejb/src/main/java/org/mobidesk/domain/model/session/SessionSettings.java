package org.mobidesk.domain.model.session;

/**
 * What a user chooses for a new session.
 *
 * @param locale such as {@code de_DE.UTF-8}; null leaves it to the host
 * @param timezone such as {@code Europe/Berlin}; null leaves it to the host
 * @param diskBytes size of the session disk, at least {@link #SMALLEST_DISK}; 0 leaves it to the
 *     host
 * @param secondLogin what an administrator says of this session; null leaves it to the installation
 */
public record SessionSettings(
    ScreenSize size, String locale, String timezone, long diskBytes, SecondLogin secondLogin) {
  /** What a file system with its journal needs. */
  public static final long SMALLEST_DISK = 256L << 20;

  private static final long LARGEST_DISK = 16L << 40;

  /** The host's defaults. */
  public static final SessionSettings DEFAULT =
      new SessionSettings(ScreenSize.DEFAULT, null, null, 0);

  /** What a user can choose. */
  public SessionSettings(ScreenSize size, String locale, String timezone, long diskBytes) {
    this(size, locale, timezone, diskBytes, null);
  }

  public SessionSettings {
    check("locale", locale, "[A-Za-z0-9_.@-]{1,63}", "de_DE.UTF-8");
    check("time zone", timezone, "[A-Za-z0-9_+-][A-Za-z0-9_+/-]{0,62}", "Europe/Berlin");
    if (diskBytes != 0 && (diskBytes < SMALLEST_DISK || diskBytes > LARGEST_DISK)) {
      throw new IllegalArgumentException(
          "a session disk has "
              + SMALLEST_DISK
              + " to "
              + LARGEST_DISK
              + " bytes, not "
              + diskBytes);
    }
  }

  /** The same with a disk of another size. */
  public SessionSettings withDisk(long bytes) {
    return new SessionSettings(size, locale, timezone, bytes, secondLogin);
  }

  /** The same with another policy; null: the installation's. */
  public SessionSettings withSecondLogin(SecondLogin policy) {
    return new SessionSettings(size, locale, timezone, diskBytes, policy);
  }

  /** The same, but for what is null here. */
  public SessionSettings orElse(String otherLocale, String otherTimezone) {
    return new SessionSettings(
        size,
        locale == null ? otherLocale : locale,
        timezone == null ? otherTimezone : timezone,
        diskBytes,
        secondLogin);
  }

  private static void check(String what, String value, String pattern, String example) {
    if (value != null && !value.matches(pattern)) {
      throw new IllegalArgumentException(
          "\"" + value + "\" is not the name of a " + what + ", such as " + example);
    }
  }
}
