package org.mobidesk.connector.adapter.binding;

import com.sun.jna.Library;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;

/**
 * The functions of mobidesk.h. {@code size_t} and {@code uint64_t} are {@code long} (LP64), {@code
 * char ticket[MOBIDESK_TICKET_SIZE]} is a {@code byte[]} of that size, strings are UTF-8.
 *
 * <p>Public because JNA makes a proxy of it; not for use outside of this package.
 */
public interface LibMobidesk extends Library {

  /** {@code MOBIDESK_TICKET_SIZE}. */
  int TICKET_SIZE = 65;

  /** {@code MOBIDESK_KEEP_DISK}. */
  int KEEP_DISK = 1;

  /** {@code MOBIDESK_EXEC_ROOT}. */
  int EXEC_ROOT = 1;

  /** {@code MOBIDESK_AHEAD_WHOLE}. */
  int AHEAD_WHOLE = 1;

  /** {@code MOBIDESK_CHECKPOINT_AHEAD}. */
  int CHECKPOINT_AHEAD = 1;

  /** {@code MOBIDESK_DISK_LAST}. */
  int DISK_LAST = 1;

  /** {@code MOBIDESK_DISK_WHOLE}. */
  int DISK_WHOLE = 2;

  int mobidesk_connect(String path, PointerByReference out, Structures.Error err);

  void mobidesk_close(Pointer m);

  int mobidesk_ping(Pointer m, Structures.Error err);

  int mobidesk_host_info(Pointer m, Structures.Host out, Structures.Error err);

  int mobidesk_template_list(
      Pointer m, PointerByReference out, LongByReference count, Structures.Error err);

  void mobidesk_free(Pointer p);

  int mobidesk_session_create(
      Pointer m, Structures.SessionSpec spec, Structures.Session out, Structures.Error err);

  int mobidesk_session_list(
      Pointer m, PointerByReference out, LongByReference count, Structures.Error err);

  int mobidesk_session_show(Pointer m, String id, Structures.Session out, Structures.Error err);

  int mobidesk_session_limit(Pointer m, String id, Structures.Limits limits, Structures.Error err);

  int mobidesk_session_destroy(Pointer m, String id, int flags, Structures.Error err);

  int mobidesk_session_attach(Pointer m, String id, byte[] ticket, Structures.Error err);

  int mobidesk_session_exec(
      Pointer m,
      String id,
      String[] argv,
      long argc,
      int flags,
      byte[] ticket,
      Structures.Error err);

  int mobidesk_session_reserve(
      Pointer m, Structures.SessionSpec spec, long image_bytes, Structures.Error err);

  int mobidesk_session_sync(Pointer m, String id, long epoch, Structures.Error err);

  int mobidesk_session_copy(
      Pointer m,
      String id,
      long epoch,
      long new_epoch,
      Structures.CheckpointStats out,
      Structures.Error err);

  int mobidesk_image_ahead(
      Pointer m, String id, long epoch, int flags, byte[] ticket, Structures.Error err);

  int mobidesk_session_checkpoint(
      Pointer m,
      String id,
      long epoch,
      int flags,
      Structures.CheckpointStats out,
      Structures.Error err);

  int mobidesk_image_export(Pointer m, String id, long epoch, byte[] ticket, Structures.Error err);

  int mobidesk_image_import(Pointer m, String id, long epoch, byte[] ticket, Structures.Error err);

  int mobidesk_session_grow(
      Pointer m, String id, long epoch, long bytes, IntByReference stopped, Structures.Error err);

  int mobidesk_image_store(
      Pointer m, String id, long epoch, LongByReference bytes, Structures.Error err);

  int mobidesk_image_load(
      Pointer m, String id, long epoch, LongByReference bytes, Structures.Error err);

  int mobidesk_image_prune(Pointer m, String id, long epoch, Structures.Error err);

  int mobidesk_session_restore(
      Pointer m, Structures.SessionSpec spec, Structures.RestoreStats out, Structures.Error err);

  int mobidesk_session_resume(
      Pointer m, String id, long new_epoch, Structures.RestoreStats out, Structures.Error err);

  int mobidesk_session_abort(Pointer m, String id, long epoch, Structures.Error err);

  int mobidesk_session_reap(Pointer m, String id, long epoch, Structures.Error err);

  int mobidesk_disk_restore(
      Pointer m, String id, long epoch, LongByReference bytes, Structures.Error err);

  int mobidesk_disk_fence(Pointer m, String id, LongByReference bytes, Structures.Error err);

  int mobidesk_disk_export(
      Pointer m, String id, long epoch, int flags, byte[] ticket, Structures.Error err);

  int mobidesk_disk_import(Pointer m, String id, long epoch, byte[] ticket, Structures.Error err);

  int mobidesk_events_subscribe(Pointer m, long after, Structures.Error err);

  int mobidesk_events_next(Pointer m, int timeout_ms, Structures.Event out, Structures.Error err);

  int mobidesk_gateway_route(
      Pointer m, String session_address, String server_address, Structures.Error err);

  int mobidesk_gateway_hold(Pointer m, String session_address, Structures.Error err);

  int mobidesk_gateway_release(
      Pointer m,
      String session_address,
      String server_address,
      Structures.HoldStats out,
      Structures.Error err);

  int mobidesk_gateway_forget(Pointer m, String session_address, Structures.Error err);

  int mobidesk_gateway_policy(
      Pointer m, String session_address, String policy, Structures.Error err);

  int mobidesk_gateway_traffic(
      Pointer m, String session_address, Structures.Traffic out, Structures.Error err);
}
