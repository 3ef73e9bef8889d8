package org.mobidesk.connector.adapter.binding;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.mobidesk.connector.CheckpointStats;
import org.mobidesk.connector.DiskPass;
import org.mobidesk.connector.HoldStats;
import org.mobidesk.connector.HostEvent;
import org.mobidesk.connector.HostException;
import org.mobidesk.connector.HostInfo;
import org.mobidesk.connector.RestoreStats;
import org.mobidesk.connector.SessionInfo;
import org.mobidesk.connector.SessionLimits;
import org.mobidesk.connector.SessionSpec;
import org.mobidesk.connector.SessionTraffic;
import org.mobidesk.connector.TemplateInfo;

/**
 * One {@code mobidesk *}: a connection of libmobidesk to the host daemon, closed at most once and
 * never used afterwards.
 *
 * <p>Calls of several threads take turns; after {@link #close()} they throw {@link
 * IllegalStateException}.
 */
public final class HostHandle implements AutoCloseable {

  private final LibMobidesk lib;
  private final ReentrantLock turn = new ReentrantLock();
  private final Structures.Error error = new Structures.Error();
  private Pointer handle;

  private HostHandle(LibMobidesk lib) {
    this.lib = lib;
  }

  /**
   * Loads libmobidesk.
   *
   * @param nameOrPath absolute path of the library, or its short name to be found by the dynamic
   *     linker
   * @throws HostException {@link HostException.Code#UNSUPPORTED} when it cannot be loaded
   */
  public static LibMobidesk load(String nameOrPath) throws HostException {
    try {
      return Native.load(
          nameOrPath, LibMobidesk.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
    } catch (UnsatisfiedLinkError e) {
      throw new HostException(
          HostException.Code.UNSUPPORTED,
          0,
          "loading the library " + nameOrPath + ": " + e.getMessage(),
          e);
    }
  }

  /** Connects to the daemon's control socket and agrees on the version. */
  public static HostHandle connect(LibMobidesk lib, String controlSocket) throws HostException {
    HostHandle host = new HostHandle(lib);
    PointerByReference out = new PointerByReference();
    if (lib.mobidesk_connect(text("socket", controlSocket), out, host.error) < 0) {
      throw host.error.toException();
    }
    host.handle = out.getValue();
    return host;
  }

  @Override
  public void close() {
    turn.lock();
    try {
      if (handle != null) {
        lib.mobidesk_close(handle);
        handle = null;
      }
    } finally {
      turn.unlock();
    }
  }

  public void ping() throws HostException {
    call((m, err) -> lib.mobidesk_ping(m, err));
  }

  public HostInfo hostInfo() throws HostException {
    Structures.Host out = new Structures.Host();
    call((m, err) -> lib.mobidesk_host_info(m, out, err));
    return out.toInfo();
  }

  public List<TemplateInfo> templates() throws HostException {
    return list(
        lib::mobidesk_template_list,
        p -> new Structures.Template(p).toInfo(),
        new Structures.Template().size());
  }

  public SessionInfo createSession(SessionSpec spec) throws HostException {
    Structures.SessionSpec in = Structures.SessionSpec.of(spec);
    Structures.Session out = new Structures.Session();
    call((m, err) -> lib.mobidesk_session_create(m, in, out, err));
    return out.toInfo();
  }

  public List<SessionInfo> sessions() throws HostException {
    return list(
        lib::mobidesk_session_list,
        p -> new Structures.Session(p).toInfo(),
        new Structures.Session().size());
  }

  public SessionInfo session(String id) throws HostException {
    String session = text("id", id);
    Structures.Session out = new Structures.Session();
    call((m, err) -> lib.mobidesk_session_show(m, session, out, err));
    return out.toInfo();
  }

  public void limitSession(String id, SessionLimits limits) throws HostException {
    String session = text("id", id);
    Structures.Limits in = Structures.Limits.of(limits);
    call((m, err) -> lib.mobidesk_session_limit(m, session, in, err));
  }

  public void destroySession(String id, boolean keepDisk) throws HostException {
    String session = text("id", id);
    int flags = keepDisk ? LibMobidesk.KEEP_DISK : 0;
    call((m, err) -> lib.mobidesk_session_destroy(m, session, flags, err));
  }

  /** The ticket of a display stream. */
  public String attach(String id) throws HostException {
    String session = text("id", id);
    return ticket((m, ticket, err) -> lib.mobidesk_session_attach(m, session, ticket, err));
  }

  /** The ticket of a command's stream. */
  public String exec(String id, List<String> argv, boolean root) throws HostException {
    String session = text("id", id);
    String[] words = new String[argv.size()];
    for (int i = 0; i < words.length; i++) {
      words[i] = text("argv[" + i + "]", argv.get(i));
    }
    int flags = root ? LibMobidesk.EXEC_ROOT : 0;
    return ticket(
        (m, ticket, err) ->
            lib.mobidesk_session_exec(m, session, words, words.length, flags, ticket, err));
  }

  public void reserve(SessionSpec spec, long imageBytes, String needs) throws HostException {
    Structures.SessionSpec in = Structures.SessionSpec.of(spec);
    in.needs = needs == null ? null : text("needs", needs);
    call((m, err) -> lib.mobidesk_session_reserve(m, in, imageBytes, err));
  }

  public void sync(String id, long epoch) throws HostException {
    String session = text("id", id);
    call((m, err) -> lib.mobidesk_session_sync(m, session, epoch, err));
  }

  public CheckpointStats checkpoint(String id, long epoch, boolean ahead) throws HostException {
    String session = text("id", id);
    int flags = ahead ? LibMobidesk.CHECKPOINT_AHEAD : 0;
    Structures.CheckpointStats out = new Structures.CheckpointStats();
    call((m, err) -> lib.mobidesk_session_checkpoint(m, session, epoch, flags, out, err));
    return out.toStats();
  }

  public CheckpointStats copy(String id, long epoch, long newEpoch) throws HostException {
    String session = text("id", id);
    Structures.CheckpointStats out = new Structures.CheckpointStats();
    call((m, err) -> lib.mobidesk_session_copy(m, session, epoch, newEpoch, out, err));
    return out.toStats();
  }

  /** The ticket of a stream from which a pass of a session's memory is read. */
  public String exportMemory(String id, long epoch, boolean whole) throws HostException {
    String session = text("id", id);
    int flags = whole ? LibMobidesk.AHEAD_WHOLE : 0;
    return ticket(
        (m, ticket, err) -> lib.mobidesk_image_ahead(m, session, epoch, flags, ticket, err));
  }

  /** The ticket of a stream from which an image is read. */
  public String exportImage(String id, long epoch) throws HostException {
    String session = text("id", id);
    return ticket((m, ticket, err) -> lib.mobidesk_image_export(m, session, epoch, ticket, err));
  }

  /** The ticket of a stream to which an image is written. */
  public String importImage(String id, long epoch) throws HostException {
    String session = text("id", id);
    return ticket((m, ticket, err) -> lib.mobidesk_image_import(m, session, epoch, ticket, err));
  }

  /** The ticket of a stream from which a pass of a disk is read. */
  public String exportDisk(String id, long epoch, DiskPass pass) throws HostException {
    String session = text("id", id);
    int flags =
        switch (pass) {
          case WHOLE -> LibMobidesk.DISK_WHOLE;
          case CHANGES -> 0;
          case LAST -> LibMobidesk.DISK_LAST;
          case LAST_WHOLE -> LibMobidesk.DISK_LAST | LibMobidesk.DISK_WHOLE;
        };
    return ticket(
        (m, ticket, err) -> lib.mobidesk_disk_export(m, session, epoch, flags, ticket, err));
  }

  /**
   * The ticket of a stream to which a pass of a disk is written; empty when the disk is there
   * already.
   */
  public String importDisk(String id, long epoch) throws HostException {
    String session = text("id", id);
    return ticket((m, ticket, err) -> lib.mobidesk_disk_import(m, session, epoch, ticket, err));
  }

  public boolean grow(String id, long epoch, long bytes) throws HostException {
    String session = text("id", id);
    IntByReference stopped = new IntByReference();
    call((m, err) -> lib.mobidesk_session_grow(m, session, epoch, bytes, stopped, err));
    return stopped.getValue() != 0;
  }

  public long storeImage(String id, long epoch) throws HostException {
    String session = text("id", id);
    LongByReference bytes = new LongByReference();
    call((m, err) -> lib.mobidesk_image_store(m, session, epoch, bytes, err));
    return bytes.getValue();
  }

  public long loadImage(String id, long epoch) throws HostException {
    String session = text("id", id);
    LongByReference bytes = new LongByReference();
    call((m, err) -> lib.mobidesk_image_load(m, session, epoch, bytes, err));
    return bytes.getValue();
  }

  public void pruneImages(String id, long epoch) throws HostException {
    String session = text("id", id);
    call((m, err) -> lib.mobidesk_image_prune(m, session, epoch, err));
  }

  public long restoreDisk(String id, long epoch) throws HostException {
    String session = text("id", id);
    LongByReference bytes = new LongByReference();
    call((m, err) -> lib.mobidesk_disk_restore(m, session, epoch, bytes, err));
    return bytes.getValue();
  }

  public long fenceDisk(String id) throws HostException {
    String session = text("id", id);
    LongByReference bytes = new LongByReference();
    call((m, err) -> lib.mobidesk_disk_fence(m, session, bytes, err));
    return bytes.getValue();
  }

  public RestoreStats restore(SessionSpec spec) throws HostException {
    Structures.SessionSpec in = Structures.SessionSpec.of(spec);
    Structures.RestoreStats out = new Structures.RestoreStats();
    call((m, err) -> lib.mobidesk_session_restore(m, in, out, err));
    return out.toStats();
  }

  public RestoreStats resume(String id, long newEpoch) throws HostException {
    String session = text("id", id);
    Structures.RestoreStats out = new Structures.RestoreStats();
    call((m, err) -> lib.mobidesk_session_resume(m, session, newEpoch, out, err));
    return out.toStats();
  }

  public void abort(String id, long epoch) throws HostException {
    String session = text("id", id);
    call((m, err) -> lib.mobidesk_session_abort(m, session, epoch, err));
  }

  public void reap(String id, long epoch) throws HostException {
    String session = text("id", id);
    call((m, err) -> lib.mobidesk_session_reap(m, session, epoch, err));
  }

  /** Makes this an event stream: only {@link #nextEvent} is allowed afterwards. */
  public void subscribe(long after) throws HostException {
    call((m, err) -> lib.mobidesk_events_subscribe(m, after, err));
  }

  /**
   * Waits for an event.
   *
   * @return empty at the timeout
   */
  public Optional<HostEvent> nextEvent(int timeoutMillis) throws HostException {
    Structures.Event out = new Structures.Event();
    int got = call((m, err) -> lib.mobidesk_events_next(m, timeoutMillis, out, err));
    return got > 0 ? Optional.of(out.toEvent()) : Optional.empty();
  }

  public void route(String sessionAddress, String serverAddress) throws HostException {
    String session = text("sessionAddress", sessionAddress);
    String server = text("serverAddress", serverAddress);
    call((m, err) -> lib.mobidesk_gateway_route(m, session, server, err));
  }

  public void hold(String sessionAddress) throws HostException {
    String session = text("sessionAddress", sessionAddress);
    call((m, err) -> lib.mobidesk_gateway_hold(m, session, err));
  }

  public HoldStats release(String sessionAddress, String serverAddress) throws HostException {
    String session = text("sessionAddress", sessionAddress);
    String server = text("serverAddress", serverAddress);
    Structures.HoldStats out = new Structures.HoldStats();
    call((m, err) -> lib.mobidesk_gateway_release(m, session, server, out, err));
    return out.toStats();
  }

  public void forget(String sessionAddress) throws HostException {
    String session = text("sessionAddress", sessionAddress);
    call((m, err) -> lib.mobidesk_gateway_forget(m, session, err));
  }

  public void policy(String sessionAddress, String policy) throws HostException {
    String session = text("sessionAddress", sessionAddress);
    String json = text("policy", policy);
    call((m, err) -> lib.mobidesk_gateway_policy(m, session, json, err));
  }

  public SessionTraffic traffic(String sessionAddress) throws HostException {
    String session = text("sessionAddress", sessionAddress);
    Structures.Traffic out = new Structures.Traffic();
    call((m, err) -> lib.mobidesk_gateway_traffic(m, session, out, err));
    return out.toTraffic();
  }

  /** A string that C sees whole. */
  static String text(String name, String value) throws HostException {
    if (value == null) {
      throw new HostException(HostException.Code.INVALID, 0, name + " is missing");
    }
    if (value.indexOf('\0') >= 0) {
      throw new HostException(HostException.Code.INVALID, 0, name + " contains a NUL character");
    }
    return value;
  }

  @FunctionalInterface
  private interface Call {
    int on(Pointer m, Structures.Error err);
  }

  @FunctionalInterface
  private interface TicketCall {
    int on(Pointer m, byte[] ticket, Structures.Error err);
  }

  @FunctionalInterface
  private interface ListCall {
    int on(Pointer m, PointerByReference out, LongByReference count, Structures.Error err);
  }

  private int call(Call call) throws HostException {
    turn.lock();
    try {
      if (handle == null) {
        throw new IllegalStateException("the connection to the host daemon is closed");
      }
      int result = call.on(handle, error);
      if (result < 0) {
        throw error.toException();
      }
      return result;
    } finally {
      turn.unlock();
    }
  }

  private String ticket(TicketCall call) throws HostException {
    byte[] ticket = new byte[LibMobidesk.TICKET_SIZE];
    call((m, err) -> call.on(m, ticket, err));
    return Native.toString(ticket, StandardCharsets.US_ASCII);
  }

  private <T> List<T> list(ListCall call, Function<Pointer, T> element, int size)
      throws HostException {
    PointerByReference out = new PointerByReference();
    LongByReference count = new LongByReference();
    call((m, err) -> call.on(m, out, count, err));
    Pointer array = out.getValue();
    try {
      List<T> all = new ArrayList<>();
      for (long i = 0; i < count.getValue(); i++) {
        all.add(element.apply(array.share(i * size)));
      }
      return List.copyOf(all);
    } finally {
      lib.mobidesk_free(array);
    }
  }
}
