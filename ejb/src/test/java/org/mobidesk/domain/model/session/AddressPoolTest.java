package org.mobidesk.domain.model.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPoolTest {

  @Test
  void givesTheLowestThatIsFree() {
    AddressPool pool = new AddressPool("10.74.0.0/16");
    assertEquals(Optional.of("10.74.0.16"), pool.free(Set.of()));
    assertEquals(Optional.of("10.74.0.17"), pool.free(Set.of("10.74.0.16", "10.74.0.18")));
  }

  @Test
  void isExhaustedBeforeTheBroadcastAddress() {
    AddressPool pool = new AddressPool("192.168.1.0/27");
    Set<String> taken = new HashSet<>();
    Optional<String> next;
    while ((next = pool.free(taken)).isPresent()) {
      taken.add(next.get());
    }
    assertEquals(15, taken.size());
    assertTrue(taken.contains("192.168.1.30"));
  }

  @Test
  void crossesOctets() {
    AddressPool pool = new AddressPool("10.74.0.0/23");
    Set<String> taken = new HashSet<>();
    for (int i = 16; i < 256; i++) {
      taken.add("10.74.0." + i);
    }
    assertEquals(Optional.of("10.74.1.0"), pool.free(taken));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.74.0.0", "10.74.0.1/16", "10.74.0/16", "10.74.0.0/30", "10.74.256.0/16"})
  void refusesWhatIsNoNetwork(String network) {
    assertThrows(IllegalArgumentException.class, () -> new AddressPool(network));
  }
}
