/* recognize_test.c: pixels that were moved, and pixels that repeat, are found by looking at them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../pattern.h"
#include "../scroll.h"

#define WIDTH 800
#define HEIGHT 600

static unsigned checks, failures;

static void expect(bool holds, const char *what) {
  checks++;
  if (holds)
    return;
  failures++;
  fprintf(stderr, "FAIL %s\n", what);
}

static uint32_t screen[WIDTH * HEIGHT];
static const struct framebuffer fb = {(uint8_t *)screen, WIDTH * 4, WIDTH, HEIGHT};

/* Whether there is ink. */
static bool is_ink(unsigned x, unsigned y) {
  unsigned h = x * 2654435761u ^ y * 40503u;
  h = (h ^ h >> 15) * 2246822519u;
  return (h ^ h >> 13) >> 16 & 1;
}

/* A page of lines of text from its row `top` on, and a bar at its right that does not move. */
static void paint_page(unsigned top) {
  for (unsigned y = 0; y < HEIGHT; y++)
    for (unsigned x = 0; x < WIDTH; x++) {
      const unsigned line = y + top;
      const bool letter = line % 20 > 6 && is_ink(x / 3, line);
      screen[y * WIDTH + x] = x >= WIDTH - 32 ? 0x808080 : letter ? 0x202020 : 0xffffff;
    }
}

/* What differs after the copies that were found, in pixels; -1: none were found. */
static long left_after_scroll(unsigned before, unsigned after, int *dy) {
  struct shadow shadow = {0};
  struct scroll scroll;
  pixman_region16_t painted, changed;
  long area = -1;
  paint_page(before);
  shadow_begin(&shadow, &fb);
  paint_page(after);
  pixman_region_init_rect(&painted, 0, 0, WIDTH, HEIGHT);
  if (scroll_find(&shadow, &fb, &painted, &scroll)) {
    *dy = scroll.dy;
    for (unsigned i = 0; i < scroll.count; i++)
      shadow_copy(&shadow, &scroll.boxes[i], scroll.dy);
    shadow_compare(&shadow, &fb, &painted, &changed);
    int count;
    const pixman_box16_t *boxes = pixman_region_rectangles(&changed, &count);
    area = 0;
    for (int i = 0; i < count; i++)
      area += (long)(boxes[i].x2 - boxes[i].x1) * (boxes[i].y2 - boxes[i].y1);
    pixman_region_fini(&changed);
  }
  pixman_region_fini(&painted);
  shadow_destroy(&shadow);
  return area;
}

static void test_scroll(void) {
  int dy = 0;
  long left = left_after_scroll(0, 57, &dy);
  expect(dy == 57 && left >= 0 && left < WIDTH * (57 + 32), "a page that was moved up is copied, and the rest is new");
  left = left_after_scroll(300, 180, &dy);
  expect(dy == -120 && left >= 0 && left < WIDTH * (120 + 32), "and one that was moved down");
  expect(left_after_scroll(0, 100000, &dy) != 0, "another page is not taken for the same");
  expect(left_after_scroll(5, 5, &dy) == -1, "nothing has moved where nothing has changed");
}

static bool finds(unsigned x, unsigned y, unsigned width, unsigned height, unsigned tile_width, unsigned tile_height) {
  const struct rect area = {(uint16_t)x, (uint16_t)y, (uint16_t)width, (uint16_t)height};
  unsigned found_width = 0, found_height = 0;
  return pattern_find(&fb, &area, &found_width, &found_height) && found_width == tile_width &&
         found_height == tile_height;
}

static void test_pattern(void) {
  for (unsigned y = 0; y < HEIGHT; y++)
    for (unsigned x = 0; x < WIDTH; x++)
      screen[y * WIDTH + x] = (x % 6 * 40 + y % 5 * 7) | (uint32_t)rand() << 24;
  expect(finds(10, 20, 300, 200, 6, 5), "a tile of 6x5, whatever is in X");
  expect(finds(0, 0, WIDTH, HEIGHT, 6, 5), "on the whole screen");
  screen[219 * WIDTH + 309] ^= 1;
  expect(!finds(10, 20, 300, 200, 6, 5), "but for its last pixel");
  paint_page(3);
  expect(!finds(0, 0, 700, 500, 1, 1), "a text is no pattern");
  for (unsigned i = 0; i < WIDTH * HEIGHT; i++)
    screen[i] = i % WIDTH % 2 == i / WIDTH % 2 ? 0 : 0xffffff;
  expect(finds(3, 3, 100, 100, 2, 2), "a stipple");
}

int main(void) {
  test_scroll();
  test_pattern();
  printf("%u checks, %u failures\n", checks, failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
