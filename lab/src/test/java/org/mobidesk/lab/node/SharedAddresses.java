package org.mobidesk.lab.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRun;

/** What docs/network.md has two proxies set up: keepalived and conntrackd. */
final class SharedAddresses {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String KEEPALIVED =
      """
      global_defs {
        router_id %1$s
        vrrp_version 3
      }
      vrrp_instance proxies {
        interface %2$s
        track_interface {
          %3$s
        }
        state BACKUP
        nopreempt
        virtual_router_id 74
        priority 100
        advert_int 0.5
        virtual_ipaddress {
          %4$s/32 dev %2$s
          %5$s/24 dev %3$s
        }
        notify_master "/usr/sbin/conntrackd -C /etc/mobidesk/conntrackd.conf -R" root
      }
      """;

  private static final String CONNTRACKD =
      """
      Sync {
        Mode FTFW {
          DisableExternalCache On
          StartupResync On
        }
        UDP {
          IPv4_address %1$s
          IPv4_Destination_Address %2$s
          Port 3780
          Interface %3$s
          Checksum on
        }
      }
      General {
        HashSize 32768
        HashLimit 131072
        LockFile %4$s/conntrackd.lock
        LogFile %4$s/conntrackd.log
        UNIX {
          Path %4$s/conntrackd.ctl
        }
        Filter From Userspace {
          Protocol Accept {
            TCP
            UDP
          }
        }
      }
      """;

  private SharedAddresses() {}

  /** Both proxies' daemons; the first one has the addresses. */
  static void start(LabRun run) {
    share(
        LabHost.find(run, LabNetwork.PROXY),
        LabNetwork.SYNC_ADDRESS_OF_PROXY,
        LabNetwork.SYNC_ADDRESS_OF_STANDBY);
    awaitAt(LabHost.find(run, LabNetwork.PROXY));
    share(
        LabHost.find(run, LabNetwork.STANDBY),
        LabNetwork.SYNC_ADDRESS_OF_STANDBY,
        LabNetwork.SYNC_ADDRESS_OF_PROXY);
  }

  private static void share(LabHost proxy, String own, String other) {
    Path etc = proxy.etc();
    try {
      Files.writeString(
          etc.resolve("keepalived.conf"),
          KEEPALIVED.formatted(
              proxy.name(),
              LabNetwork.TIER_LINK,
              LabNetwork.OUTSIDE_LINK,
              LabNetwork.tierAddress(LabNetwork.PROXY),
              LabNetwork.OUTSIDE_ADDRESS_OF_PROXY));
      Files.writeString(
          etc.resolve("conntrackd.conf"),
          CONNTRACKD.formatted(own, other, LabNetwork.SYNC_LINK, "/run/mobidesk"));
    } catch (IOException e) {
      throw new LabException("cannot configure what both proxies share", e);
    }
    join(proxy);
  }

  /** Starts the daemons of a proxy. */
  static void join(LabHost proxy) {
    proxy.daemon("conntrackd", List.of("conntrackd", "-C", "/etc/mobidesk/conntrackd.conf"));
    Waiting.until(
        "conntrackd of " + proxy.name() + " (log: " + proxy.log("conntrackd") + ")",
        PATIENCE,
        () ->
            proxy
                    .command("conntrackd", "-C", "/etc/mobidesk/conntrackd.conf", "-s")
                    .attempt()
                    .exit()
                == 0);
    proxy.daemon(
        "keepalived",
        List.of(
            "keepalived",
            "--vrrp",
            "--dont-fork",
            "--log-console",
            "--use-file=/etc/mobidesk/keepalived.conf",
            "--pid=/run/mobidesk/keepalived.pid",
            "--vrrp_pid=/run/mobidesk/keepalived-vrrp.pid"));
  }

  /**
   * Ends the daemons of a proxy, and thereby hands over. The order matters: the kernel forgets the
   * translations of an address that goes, and conntrackd would let the other one forget them, too.
   */
  static void leave(LabHost proxy) {
    end(proxy, "conntrackd");
    end(proxy, "keepalived");
  }

  private static void end(LabHost proxy, String program) {
    proxy.command("pkill", "--exact", program).run();
    Waiting.until(
        program + " of " + proxy.name() + " to end",
        PATIENCE,
        () -> proxy.command("pgrep", "--exact", program).attempt().exit() != 0);
  }

  /** Waits until a proxy has the addresses. */
  static void awaitAt(LabHost proxy) {
    Waiting.until(
        proxy.name() + " to have the shared addresses (log: " + proxy.log("keepalived") + ")",
        PATIENCE,
        () ->
            proxy
                .command("ip", "-4", "-o", "address", "show")
                .run()
                .text()
                .contains(" " + LabNetwork.OUTSIDE_ADDRESS_OF_PROXY + "/"));
  }
}
