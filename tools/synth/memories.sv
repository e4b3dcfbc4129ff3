// For synthesis alone: npu_rom and npu_ram as arrays of a device's block memories, so that ROMs
// whose contents are not known yet keep their size, and no memory is turned into flip-flops. The
// kind of block is NPU_SYNTH_BITS (its data bits) and NPU_SYNTH_WIDEST (bits of its widest word);
// a block may be as narrow as one bit. Outputs of blocks that follow one another are multiplexed.
(* blackbox *)
module npu_block #(
  parameter int Width     = 16,
  parameter int AddrWidth = 8
) (
  input  logic                 clk_i,
  input  logic                 we_i,
  input  logic [AddrWidth-1:0] waddr_i,
  input  logic [Width-1:0]     wdata_i,
  input  logic                 re_i,
  input  logic [AddrWidth-1:0] raddr_i,
  output logic [Width-1:0]     rdata_o
);
endmodule

module npu_ram #(
  parameter int Width     = 32,
  parameter int Depth     = 256,
  parameter int AddrWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                 clk_i,

  input  logic                 we_i,
  input  logic [AddrWidth-1:0] waddr_i,
  input  logic [Width-1:0]     wdata_i,

  input  logic                 re_i,
  input  logic [AddrWidth-1:0] raddr_i,
  output logic [Width-1:0]     rdata_o
);

  // The shape, a power of two wide, that takes the fewest blocks; the widest of equals.
  function automatic integer blocks(input integer wide);
    blocks = ((Width + wide - 1) / wide) *
             ((Depth * wide + `NPU_SYNTH_BITS - 1) / `NPU_SYNTH_BITS);
  endfunction

  function automatic integer shape(input integer widest);
    integer wide;
    shape = widest;
    for (wide = widest; wide >= 1; wide = wide / 2) begin
      if (blocks(wide) < blocks(shape)) shape = wide;
    end
  endfunction

  localparam int Wide  = shape(`NPU_SYNTH_WIDEST);
  localparam int Words = `NPU_SYNTH_BITS / Wide;
  localparam int Side  = (Width + Wide - 1) / Wide;    // blocks beside one another
  localparam int Banks = (Depth + Words - 1) / Words;  // blocks behind one another
  localparam int Low   = $clog2(Words);
  localparam int High  = (Banks > 1) ? $clog2(Banks) : 1;

  logic [High-1:0]            wbank, rbank, rbank_q;
  logic [Low-1:0]             waddr, raddr;
  logic [Side*Wide-1:0]       wdata;
  logic [Banks*Side*Wide-1:0] rdata;

  assign waddr = Low'(waddr_i);
  assign raddr = Low'(raddr_i);
  assign wbank = High'({waddr_i} >> Low);
  assign rbank = High'({raddr_i} >> Low);
  assign wdata = (Side*Wide)'(wdata_i);

  always_ff @(posedge clk_i) begin
    if (re_i) rbank_q <= rbank;
  end

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    for (genvar s = 0; s < Side; s++) begin : gen_side
      npu_block #(
        .Width     ( Wide ),
        .AddrWidth ( Low  )
      ) u_block (
        .clk_i   ( clk_i                                       ),
        .we_i    ( we_i && ((Banks == 1) || (wbank == High'(b))) ),
        .waddr_i ( waddr                                       ),
        .wdata_i ( wdata[s*Wide +: Wide]                       ),
        .re_i    ( re_i                                        ),
        .raddr_i ( raddr                                       ),
        .rdata_o ( rdata[(b*Side + s)*Wide +: Wide]            )
      );
    end
  end

  if (Banks > 1) begin : gen_choose
    assign rdata_o = Width'(rdata >> (32'(rbank_q) * (Side*Wide)));
  end else begin : gen_only
    assign rdata_o = Width'(rdata);
  end

endmodule

module npu_rom #(
  parameter     InitDir   = "",
  parameter     Name      = "weight",
  parameter int Index     = 0,
  parameter int Width     = 8,
  parameter int Depth     = 256,
  parameter int AddrWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                 clk_i,

  input  logic                 re_i,
  input  logic [AddrWidth-1:0] addr_i,
  output logic [Width-1:0]     rdata_o
);

  npu_ram #(
    .Width ( Width ),
    .Depth ( Depth )
  ) u_ram (
    .clk_i   ( clk_i         ),
    .we_i    ( 1'b0          ),
    .waddr_i ( '0            ),
    .wdata_i ( {Width{1'b0}} ),
    .re_i    ( re_i          ),
    .raddr_i ( addr_i        ),
    .rdata_o ( rdata_o       )
  );

endmodule
