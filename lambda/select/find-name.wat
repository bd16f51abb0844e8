;; Looks for names of keys, sixteen bytes at a time:
;;
;;   input      { " u s e r _ D a t a " : " e A = = " }
;;   quotes       ^                                        only after { , \ and white space: where a key can start
;;   two bytes    us: may start a name                     a bit of $starts for each pair of bytes
;;   name         userdata: may be one of them             a bit of $names for each hash
;;
;; `npm run generate:wasm` assembles this file into find-name-wasm.ts. name-routine.ts fills the tables.
(module
  ;; 128 KiB. It never grows, because views of it would then be detached.
  (memory (export "memory") 2 2)

  ;; A bit for each pair of bytes, the second one higher: 8 KiB.
  (global $starts (export "starts") i32 (i32.const 0))
  ;; A bit for each hash: 8 KiB.
  (global $names (export "names") i32 (i32.const 0x2000))
  ;; At most 64 KiB, after a byte that stays zero. The 16 bytes after the input are overwritten.
  (global $input (export "input") i32 (i32.const 0x4010))

  ;; Returns where the first key between two places starts that may have one of the names, or 0.
  (func (export "find") (param $from i32) (param $end i32) (result i32)
    (local $bytes v128) (local $before v128) (local $quotes i32) (local $at i32)
    ;; Zeros are no quotes, and end a name.
    (v128.store (local.get $end) (i8x16.splat (i32.const 0)))

    (loop $block
      (if (i32.lt_u (local.get $from) (local.get $end))
        (then
          (local.set $bytes (v128.load (local.get $from)))
          (local.set $before (v128.load (i32.sub (local.get $from) (i32.const 1))))
          (local.set $quotes
            (i8x16.bitmask
              (v128.and
                (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22)))
                (v128.or
                  (v128.or
                    (i8x16.eq (local.get $before) (i8x16.splat (i32.const 0x7b)))
                    (i8x16.eq (local.get $before) (i8x16.splat (i32.const 0x2c))))
                  (v128.or
                    (i8x16.eq (local.get $before) (i8x16.splat (i32.const 0x5c)))
                    (i8x16.le_u (local.get $before) (i8x16.splat (i32.const 0x20))))))))
          (loop $quote
            (if (local.get $quotes)
              (then
                (local.set $at
                  (i32.add (i32.add (local.get $from) (i32.ctz (local.get $quotes))) (i32.const 1)))
                (if
                  (call $bit (global.get $starts) (i32.load16_u (local.get $at)))
                  (then
                    (if (call $bit (global.get $names) (call $hash (local.get $at)))
                      (then (return (local.get $at))))))
                (local.set $quotes
                  (i32.and (local.get $quotes) (i32.sub (local.get $quotes) (i32.const 1))))
                (br $quote))))
          (local.set $from (i32.add (local.get $from) (i32.const 16)))
          (br $block))))
    (i32.const 0))

  (func $bit (param $table i32) (param $index i32) (result i32)
    (i32.and
      (i32.shr_u
        (i32.load8_u (i32.add (local.get $table) (i32.shr_u (local.get $index) (i32.const 3))))
        (i32.and (local.get $index) (i32.const 7)))
      (i32.const 1)))

  ;; Hashes the letters and digits from $at on, in lowercase, to 16 bits. Leaves out `_` and `-`, and ends at anything
  ;; else. http://www.isthe.com/chongo/tech/comp/fnv/
  (func $hash (export "hash") (param $at i32) (result i32)
    (local $hash i32) (local $byte i32)
    (local.set $hash (i32.const 0x811c9dc5))
    (loop $next
      (local.set $byte (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next
        (i32.or
          (i32.eq (local.get $byte) (i32.const 0x5f))
          (i32.eq (local.get $byte) (i32.const 0x2d))))
      ;; Sets the bit that capital letters lack. Digits have it.
      (local.set $byte (i32.or (local.get $byte) (i32.const 0x20)))
      (if
        (i32.or
          (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x61)) (i32.const 26))
          (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 10)))
        (then
          (local.set $hash
            (i32.mul
              (i32.xor (local.get $hash) (local.get $byte))
              (i32.const 0x01000193)))
          (br $next))))
    (i32.and
      (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 16)))
      (i32.const 0xffff))))
