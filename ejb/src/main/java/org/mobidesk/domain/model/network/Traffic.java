package org.mobidesk.domain.model.network;

/** What a session has sent ({@code Out}) and received, in packets and in bytes with IP headers. */
public record Traffic(long packetsOut, long bytesOut, long packetsIn, long bytesIn) {

  public static final Traffic NONE = new Traffic(0, 0, 0, 0);

  public Traffic plus(Traffic more) {
    return new Traffic(
        packetsOut + more.packetsOut,
        bytesOut + more.bytesOut,
        packetsIn + more.packetsIn,
        bytesIn + more.bytesIn);
  }

  /**
   * What came since a counter showed {@code before}; all of it when the counter began anew since.
   */
  public Traffic since(Traffic before) {
    boolean anew =
        packetsOut < before.packetsOut
            || bytesOut < before.bytesOut
            || packetsIn < before.packetsIn
            || bytesIn < before.bytesIn;
    return anew
        ? this
        : new Traffic(
            packetsOut - before.packetsOut,
            bytesOut - before.bytesOut,
            packetsIn - before.packetsIn,
            bytesIn - before.bytesIn);
  }
}
