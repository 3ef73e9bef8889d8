package org.mobidesk.domain.model.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SessionPolicyTest {

  private static SessionPolicy allowing(List<String> networks) {
    return new SessionPolicy(true, networks, List.of(), 0, 0, List.of());
  }

  @Test
  void networksAreAsGatewaysTakeThem() {
    assertEquals(
        List.of("203.0.113.0/24", "198.51.100.7/32", "2001:db8::/32", "2001:db8::7/128", "::/0"),
        allowing(List.of("203.0.113.0/24", "198.51.100.7", "2001:db8::/32", "2001:db8::7", "::/0"))
            .allow());
  }

  @Test
  void whatIsNoNetworkIsRefused() {
    for (String text :
        List.of(
            "203.0.113.1/24",
            "example.org",
            "2001:db8::1/32",
            "2001:db8::/129",
            "2001:db8::/",
            "::ffff:203.0.113.1",
            "fe80::1%eth0",
            "1:2",
            ":")) {
      assertThrows(IllegalArgumentException.class, () -> allowing(List.of(text)), text);
    }
  }

  @Test
  void networksAreBoundedInLength() {
    List<String> networks =
        IntStream.range(0, 128)
            .mapToObj(n -> "2001:0db8:1111:2222:3333:4444:5555:%04x".formatted(n))
            .toList();
    assertThrows(IllegalArgumentException.class, () -> allowing(networks));
    assertEquals(80, allowing(networks.subList(0, 80)).allow().size());
  }
}
