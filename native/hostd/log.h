/*
 * One structured line for each thing worth knowing, to standard error: time, level, event, then key=value pairs. Values
 * with blanks are quoted. Any thread.
 */
#ifndef MOBIDESK_LOG_H
#define MOBIDESK_LOG_H

/* `event` is a word or two with dashes; `format` makes the rest of the line, e.g. "session=%s epoch=%lu". */
void log_info(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
