package org.mobidesk.domain.model.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.mobidesk.domain.model.session.Ipv4Network;

/**
 * A network of outside hosts as a policy names it: of IPv4 or IPv6, with the length of its prefix.
 */
final class OutsideNetwork {

  private static final int IPV6_BITS = 128;

  private OutsideNetwork() {}

  /**
   * As gateways take it: {@code 203.0.113.0/24}, {@code 2001:db8::/32}; an address alone is a
   * network of one, and gets its length.
   *
   * @throws IllegalArgumentException in words for people
   */
  static String parse(String text) {
    if (text.indexOf(':') >= 0) {
      return parseIpv6(text);
    }
    Ipv4Network network = Ipv4Network.parse(text);
    return Ipv4Network.format(network.base()) + "/" + network.length();
  }

  private static String parseIpv6(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    String length = slash < 0 ? String.valueOf(IPV6_BITS) : text.substring(slash + 1);
    if (!address.matches("[0-9a-fA-F:.]{2,45}") || !length.matches("\\d{1,3}")) {
      throw malformed(text);
    }
    int bits = Integer.parseInt(length);
    byte[] bytes = bytes(address, text);
    if (bits > IPV6_BITS) {
      throw malformed(text);
    }
    for (int bit = bits; bit < IPV6_BITS; bit++) {
      if ((bytes[bit / 8] & 0x80 >> bit % 8) != 0) {
        throw new IllegalArgumentException("\"" + text + "\" is not the address of a network");
      }
    }
    return address + "/" + bits;
  }

  /** What has a colon in it is never looked up as a name. */
  private static byte[] bytes(String address, String text) {
    try {
      byte[] bytes = InetAddress.getByName(address).getAddress();
      if (bytes.length == IPV6_BITS / 8) {
        return bytes;
      }
    } catch (UnknownHostException e) {
      // as for one that is IPv4 in another dress
    }
    throw malformed(text);
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "\"" + text + "\" is not an IPv6 network, such as 2001:db8::/32");
  }
}
