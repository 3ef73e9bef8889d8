package org.mobidesk.connector.adapter.binding;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Instant;
import org.mobidesk.connector.HostEvent;
import org.mobidesk.connector.HostException;
import org.mobidesk.connector.HostInfo;
import org.mobidesk.connector.SessionInfo;
import org.mobidesk.connector.SessionLimits;
import org.mobidesk.connector.SessionTraffic;
import org.mobidesk.connector.TemplateInfo;

/**
 * The structures of mobidesk.h, field by field in its order and with its names, and what each is in
 * Java.
 *
 * <p>Public because JNA reads and writes their fields by reflection; not for use outside of this
 * package.
 */
public final class Structures {

  private static final int ID = 64;
  private static final int NAME = 128;
  private static final int ADDRESS = 46;
  private static final int MESSAGE = 1024;
  private static final int NEEDS = 8192;
  private static final String ENCODING = "UTF-8";

  private Structures() {}

  /** The name of the C type. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.TYPE)
  @interface CType {
    String value();
  }

  private static String text(byte[] field) {
    return Native.toString(field, ENCODING);
  }

  @CType("mobidesk_error")
  @FieldOrder({"code", "sys_errno", "message"})
  public static final class Error extends Structure {
    public int code;
    public int sys_errno;
    public byte[] message = new byte[MESSAGE];

    HostException toException() {
      return new HostException(HostException.Code.of(code), sys_errno, text(message));
    }
  }

  @CType("mobidesk_session_spec")
  @FieldOrder({
    "id",
    "template_id",
    "user",
    "hostname",
    "address",
    "locale",
    "timezone",
    "epoch",
    "disk_bytes",
    "memory_bytes",
    "cpu_shares",
    "pids",
    "width",
    "height",
    "needs",
    "cpu_millis",
    "disk_rate"
  })
  public static final class SessionSpec extends Structure {
    public String id;
    public String template_id;
    public String user;
    public String hostname;
    public String address;
    public String locale;
    public String timezone;
    public long epoch;
    public long disk_bytes;
    public long memory_bytes;
    public int cpu_shares;
    public int pids;
    public int width;
    public int height;
    public String needs;
    public int cpu_millis;
    public long disk_rate;

    public SessionSpec() {
      setStringEncoding(ENCODING);
    }

    static SessionSpec of(org.mobidesk.connector.SessionSpec spec) throws HostException {
      SessionSpec c = new SessionSpec();
      c.id = HostHandle.text("id", spec.id());
      c.template_id = HostHandle.text("templateId", spec.templateId());
      c.user = HostHandle.text("user", spec.user());
      c.hostname = optional("hostname", spec.hostname());
      c.address = HostHandle.text("address", spec.address());
      c.locale = optional("locale", spec.locale());
      c.timezone = optional("timezone", spec.timezone());
      c.epoch = spec.epoch();
      c.disk_bytes = spec.diskBytes();
      c.memory_bytes = spec.limits().memoryBytes();
      c.cpu_shares = spec.limits().cpuShares();
      c.cpu_millis = spec.limits().cpuMillis();
      c.pids = spec.limits().pids();
      c.disk_rate = spec.limits().diskRate();
      c.width = spec.width();
      c.height = spec.height();
      return c;
    }

    private static String optional(String name, String value) throws HostException {
      return value == null ? null : HostHandle.text(name, value);
    }
  }

  @CType("mobidesk_limits")
  @FieldOrder({"memory_bytes", "cpu_shares", "cpu_millis", "pids", "reserved", "disk_rate"})
  public static final class Limits extends Structure {
    public long memory_bytes;
    public int cpu_shares;
    public int cpu_millis;
    public int pids;
    public int reserved;
    public long disk_rate;

    static Limits of(SessionLimits limits) {
      Limits c = new Limits();
      c.memory_bytes = limits.memoryBytes();
      c.cpu_shares = limits.cpuShares();
      c.cpu_millis = limits.cpuMillis();
      c.pids = limits.pids();
      c.disk_rate = limits.diskRate();
      return c;
    }
  }

  @CType("mobidesk_session")
  @FieldOrder({
    "id",
    "template_id",
    "user",
    "address",
    "state",
    "init_pid",
    "epoch",
    "created_ms",
    "processes",
    "viewers",
    "memory_bytes",
    "disk_bytes",
    "image_bytes"
  })
  public static final class Session extends Structure {
    public byte[] id = new byte[ID];
    public byte[] template_id = new byte[NAME];
    public byte[] user = new byte[ID];
    public byte[] address = new byte[ADDRESS];
    public int state;
    public int init_pid;
    public long epoch;
    public long created_ms;
    public int processes;
    public int viewers;
    public long memory_bytes;
    public long disk_bytes;
    public long image_bytes;

    public Session() {}

    Session(Pointer p) {
      super(p);
      read();
    }

    SessionInfo toInfo() {
      return new SessionInfo(
          text(id),
          text(template_id),
          text(user),
          text(address),
          SessionInfo.State.of(state),
          init_pid,
          epoch,
          Instant.ofEpochMilli(created_ms),
          processes,
          viewers,
          memory_bytes,
          disk_bytes,
          image_bytes);
    }
  }

  @CType("mobidesk_host")
  @FieldOrder({
    "daemon_version",
    "kernel",
    "criu_version",
    "cpus",
    "sessions",
    "memory_bytes",
    "memory_available_bytes",
    "image_free_bytes",
    "storage_free_bytes",
    "uptime_us",
    "needs"
  })
  public static final class Host extends Structure {
    public byte[] daemon_version = new byte[ID];
    public byte[] kernel = new byte[NAME];
    public byte[] criu_version = new byte[ID];
    public int cpus;
    public int sessions;
    public long memory_bytes;
    public long memory_available_bytes;
    public long image_free_bytes;
    public long storage_free_bytes;
    public long uptime_us;
    public byte[] needs = new byte[NEEDS];

    HostInfo toInfo() {
      return new HostInfo(
          text(daemon_version),
          text(kernel),
          text(criu_version),
          cpus,
          sessions,
          memory_bytes,
          memory_available_bytes,
          image_free_bytes,
          storage_free_bytes,
          uptime_us,
          text(needs));
    }
  }

  @CType("mobidesk_template")
  @FieldOrder({"id", "name", "version", "bytes", "unfit"})
  public static final class Template extends Structure {
    public byte[] id = new byte[NAME];
    public byte[] name = new byte[ID];
    public byte[] version = new byte[ID];
    public long bytes;
    public byte[] unfit = new byte[NAME];

    public Template() {}

    Template(Pointer p) {
      super(p);
      read();
    }

    TemplateInfo toInfo() {
      String why = text(unfit);
      return new TemplateInfo(
          text(id), text(name), text(version), bytes, why.isEmpty() ? null : why);
    }
  }

  @CType("mobidesk_checkpoint_stats")
  @FieldOrder({
    "quiesce_us",
    "freeze_us",
    "dump_us",
    "pages_us",
    "write_us",
    "release_us",
    "stopped_at_us",
    "image_bytes",
    "processes",
    "reserved"
  })
  public static final class CheckpointStats extends Structure {
    public long quiesce_us;
    public long freeze_us;
    public long dump_us;
    public long pages_us;
    public long write_us;
    public long release_us;
    public long stopped_at_us;
    public long image_bytes;
    public int processes;
    public int reserved;

    org.mobidesk.connector.CheckpointStats toStats() {
      return new org.mobidesk.connector.CheckpointStats(
          quiesce_us,
          freeze_us,
          dump_us,
          pages_us,
          write_us,
          release_us,
          stopped_at_us,
          image_bytes,
          processes);
    }
  }

  @CType("mobidesk_restore_stats")
  @FieldOrder({
    "prepare_us",
    "restore_us",
    "resume_us",
    "display_us",
    "running_at_us",
    "processes",
    "reserved"
  })
  public static final class RestoreStats extends Structure {
    public long prepare_us;
    public long restore_us;
    public long resume_us;
    public long display_us;
    public long running_at_us;
    public int processes;
    public int reserved;

    org.mobidesk.connector.RestoreStats toStats() {
      return new org.mobidesk.connector.RestoreStats(
          prepare_us, restore_us, resume_us, display_us, running_at_us, processes);
    }
  }

  @CType("mobidesk_event")
  @FieldOrder({"sequence", "time_ms", "epoch", "kind", "exit_status", "session", "message"})
  public static final class Event extends Structure {
    public long sequence;
    public long time_ms;
    public long epoch;
    public int kind;
    public int exit_status;
    public byte[] session = new byte[ID];
    public byte[] message = new byte[NAME];

    HostEvent toEvent() {
      return new HostEvent(
          sequence,
          Instant.ofEpochMilli(time_ms),
          epoch,
          HostEvent.Kind.of(kind),
          exit_status,
          text(session),
          text(message));
    }
  }

  @CType("mobidesk_traffic")
  @FieldOrder({"packets_out", "bytes_out", "packets_in", "bytes_in"})
  public static final class Traffic extends Structure {
    public long packets_out;
    public long bytes_out;
    public long packets_in;
    public long bytes_in;

    SessionTraffic toTraffic() {
      return new SessionTraffic(packets_out, bytes_out, packets_in, bytes_in);
    }
  }

  @CType("mobidesk_hold_stats")
  @FieldOrder({"held_us", "packets", "bytes", "dropped"})
  public static final class HoldStats extends Structure {
    public long held_us;
    public long packets;
    public long bytes;
    public long dropped;

    org.mobidesk.connector.HoldStats toStats() {
      return new org.mobidesk.connector.HoldStats(held_us, packets, bytes, dropped);
    }
  }
}
