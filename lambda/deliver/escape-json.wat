;; Escapes UTF-8 for a JSON string as JSON.stringify does, sixteen bytes at a time:
;;
;;   input      { " a " : " \ n " }                   sixteen bytes, here only ten
;;   $marked    0 1 0 1 0 1 1 0 1 0                   one bit for each quote and each backslash
;;   output     { \ " a \ " : \ " \ \ n \ " }         a backslash before each marked byte
;;
;; `npm run generate:wasm` assembles this file into escape-json-wasm.ts. escape-routine.ts fills the tables.
(module
  ;; 1.25 MiB. It never grows, because views of it would then be detached.
  (memory (export "memory") 20 20)

  ;; For each combination of marked bytes among eight, the lanes of their output: 256 × 16 bytes.
  (global $shuffles (export "shuffles") i32 (i32.const 0))
  ;; For each byte, its output, and the length of that in the last byte: 256 × 8 bytes.
  (global $escapes (export "escapes") i32 (i32.const 0x1000))
  ;; At most 64 KiB. The 16 bytes after the input are overwritten.
  (global $input (export "input") i32 (i32.const 0x2000))
  ;; At most 6 bytes for each byte of input. Up to 16 bytes after the output are overwritten.
  (global $output (export "output") i32 (i32.const 0x13000))

  ;; Escapes the first $length bytes of the input to $to, and returns the end of the output.
  (func (export "escape") (param $length i32) (param $to i32) (result i32)
    (local $from i32) (local $end i32) (local $bytes v128) (local $marked i32)
    (local.set $from (global.get $input))
    (local.set $end (i32.add (global.get $input) (local.get $length)))
    ;; Fills the last block with spaces, which need no escape. The result does not count them.
    (v128.store (local.get $end) (i8x16.splat (i32.const 0x20)))

    (loop $block
      (if (i32.lt_u (local.get $from) (local.get $end))
        (then
          (local.set $bytes (v128.load (local.get $from)))
          (if (v128.any_true (i8x16.lt_u (local.get $bytes) (i8x16.splat (i32.const 0x20))))
            ;; Control characters only occur in records that are not compact.
            (then (local.set $to (call $escape_each (local.get $from) (local.get $to))))
            (else
              (local.set $marked
                (i8x16.bitmask
                  (v128.or
                    (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22)))
                    (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c))))))
              (if (i32.eqz (local.get $marked))
                (then
                  (v128.store (local.get $to) (local.get $bytes))
                  (local.set $to (i32.add (local.get $to) (i32.const 16))))
                (else
                  (local.set $to
                    (call $escape_eight
                      (local.get $bytes)
                      (i32.and (local.get $marked) (i32.const 0xff))
                      (local.get $to)))
                  (local.set $to
                    (call $escape_eight
                      (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
                        (local.get $bytes) (local.get $bytes))
                      (i32.shr_u (local.get $marked) (i32.const 8))
                      (local.get $to)))))))
          (local.set $from (i32.add (local.get $from) (i32.const 16)))
          (br $block))))
    (i32.sub (local.get $to) (i32.sub (local.get $from) (local.get $end))))

  ;; Escapes the first eight bytes. The table takes backslashes from lane 15.
  (func $escape_eight (param $bytes v128) (param $marked i32) (param $to i32) (result i32)
    (v128.store
      (local.get $to)
      (i8x16.swizzle
        (i8x16.replace_lane 15 (local.get $bytes) (i32.const 0x5c))
        (v128.load (i32.add (global.get $shuffles) (i32.mul (local.get $marked) (i32.const 16))))))
    (i32.add (local.get $to) (i32.add (i32.const 8) (i32.popcnt (local.get $marked)))))

  ;; Escapes sixteen bytes one by one.
  (func $escape_each (param $from i32) (param $to i32) (result i32)
    (local $end i32) (local $entry i64)
    (local.set $end (i32.add (local.get $from) (i32.const 16)))
    (loop $byte
      (local.set $entry
        (i64.load
          (i32.add (global.get $escapes) (i32.mul (i32.load8_u (local.get $from)) (i32.const 8)))))
      (i64.store (local.get $to) (local.get $entry))
      (local.set $to
        (i32.add (local.get $to) (i32.wrap_i64 (i64.shr_u (local.get $entry) (i64.const 56)))))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (br_if $byte (i32.lt_u (local.get $from) (local.get $end))))
    (local.get $to)))
