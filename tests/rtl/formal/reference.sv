// What the arithmetic means, written to be read: wide numbers compared, added and taken modulo,
// and no bit of a code looked at. docs/numerics.md has the same in words.
// Nothing here is of the shape of rtl/: equality is a theorem, not a copy.

// Whether code_i is value_i / 2^drop_i rounded. Not a way to compute it: the definition of it,
// by the error that rounding makes, in units of 2^-drop.
//
//     error = code * 2^drop - value          half a unit = 2^drop / 2
//
// Width must hold code * 2^(drop + 1).
module ref_rounded #(
  parameter int Mode      = 0,
  parameter int Width     = 32,
  parameter int DropWidth = 6
) (
  input  logic signed [Width-1:0] value_i,
  input  logic signed [Width-1:0] code_i,
  input  logic [DropWidth-1:0]    drop_i,

  output logic                    holds_o
);

  localparam logic signed [Width-1:0] One = 1;

  logic signed [Width-1:0] unit;
  logic signed [Width-1:0] error;
  logic signed [Width-1:0] distance;
  logic                    nearest, tie, up, down, positive, rule;

  assign unit     = One <<< drop_i;
  assign error    = (code_i <<< drop_i) - value_i;
  assign distance = (error < 0) ? -error : error;
  assign nearest  = distance + distance < unit;
  assign tie      = distance + distance == unit;
  assign up       = error > 0;
  assign down     = error < 0;
  assign positive = value_i > 0;

  // Which of the two neighbours of a tie.
  assign rule = (Mode == 0) ? up :
                (Mode == 1) ? (positive ? down : up) :
                (Mode == 2) ? down :
                (Mode == 3) ? (positive ? up : down) :
                              !code_i[0];

  // Directed: less than a unit away, on the named side.
  assign holds_o = (Mode == 5) ? (distance < unit) && !up :
                   (Mode == 6) ? (distance < unit) && !(positive ? up : down) :
                                 nearest || (tie && rule);

endmodule

// value_i as a signed code of OutWidth bits.
module ref_reduced #(
  parameter int OutWidth = 8,
  parameter int Mode     = 0,
  parameter int WrapBits = 0,
  parameter int Width    = 64
) (
  input  logic signed [Width-1:0] value_i,

  output logic signed [Width-1:0] code_o,
  output logic                    event_o
);

  localparam logic signed [Width-1:0] One  = 1;
  localparam logic signed [Width-1:0] Span = One <<< OutWidth;          // how many codes
  localparam logic signed [Width-1:0] High = (One <<< (OutWidth - 1)) - 1;
  localparam logic signed [Width-1:0] Low  = (Mode == 2) ? -High : -High - 1;
  // Codes that still wrap below wrap_bits saturated ones.
  localparam int                      Kept = (WrapBits < OutWidth) ? OutWidth - WrapBits : 0;
  localparam logic signed [Width-1:0] Part = One <<< Kept;

  logic                    under;
  logic signed [Width-1:0] nearest, wrapped, turned, phase, mirrored, part, odd, base;

  assign under   = value_i < Low;
  assign event_o = under || value_i > High;
  assign nearest = under ? Low : High;

  // Modulo Span, into Low..High.
  assign wrapped = ((value_i - Low) & (Span - 1)) + Low;
  assign turned  = -1 - wrapped;

  // A triangle of period 2 * Span: up from Low to High, and down again.
  assign phase    = (value_i - Low) & (Span + Span - 1);
  assign mirrored = (phase < Span) ? Low + phase : High - (phase - Span);

  // The low Kept bits and the quotient above them; a run of Part codes at either end.
  assign part = value_i & (Part - 1);
  assign odd  = (value_i >>> Kept) & 1;
  assign base = under ? Low : High - (Part - 1);

  always_comb begin
    code_o = value_i;
    if (event_o) begin
      if (Mode == 0 || Mode == 2) code_o = nearest;
      else if (Mode == 1) code_o = 0;
      else if (Mode == 3 && WrapBits == 0) code_o = wrapped;
      else if (Mode == 4 && WrapBits == 0) code_o = mirrored;
      else if (Mode == 4 && WrapBits == 1) code_o = (wrapped < 0) == (value_i < 0) ? wrapped : turned;
      else if (WrapBits >= OutWidth) code_o = nearest;
      else if (Mode == 3) code_o = base + part;
      else code_o = base + (((value_i < 0) == (odd != 0)) ? Part - 1 - part : part);
    end
  end

endmodule
