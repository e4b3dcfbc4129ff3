// Registers as wires: a pipeline without its delays, every stage enabled.
(* techmap_celltype = "$dff" *)
module dff_wire #(
  parameter WIDTH = 1,
  parameter CLK_POLARITY = 1
) (
  input              CLK,
  input  [WIDTH-1:0] D,
  output [WIDTH-1:0] Q
);

  assign Q = D;

endmodule

(* techmap_celltype = "$dffe" *)
module dffe_wire #(
  parameter WIDTH = 1,
  parameter CLK_POLARITY = 1,
  parameter EN_POLARITY = 1
) (
  input              CLK,
  input              EN,
  input  [WIDTH-1:0] D,
  output [WIDTH-1:0] Q
);

  assign Q = D;

endmodule
