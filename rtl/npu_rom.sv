// One bank of a ROM: <Name>_<Index>.mem, read by $readmemh. rdata_o comes one cycle after re_i
// and keeps. In simulation the folder is +NPU_ROM_DIR=..., else InitDir; a file that cannot be
// opened is fatal. Synthesis uses InitDir, and leaves the contents open if it is empty.
// It does not check the contents: the image's manifest does.
module npu_rom #(
  parameter     InitDir   = "",
  parameter     Name      = "weight",
  parameter int Index     = 0,    // bank, three decimal digits in the name; -1: <Name>.mem
  parameter int Width     = 8,
  parameter int Depth     = 256,
  parameter int AddrWidth = (Depth > 1) ? $clog2(Depth) : 1  // derived: do not set
) (
  input  logic                 clk_i,

  input  logic                 re_i,
  input  logic [AddrWidth-1:0] addr_i,
  output logic [Width-1:0]     rdata_o
);

  logic [Width-1:0] mem [Depth];
  logic [Width-1:0] rdata_q;

`ifdef SYNTHESIS
  localparam logic [7:0] Digit2 = 8'(48 + (Index / 100) % 10);
  localparam logic [7:0] Digit1 = 8'(48 + (Index / 10) % 10);
  localparam logic [7:0] Digit0 = 8'(48 + Index % 10);
  localparam Bank = {InitDir, "/", Name, "_", Digit2, Digit1, Digit0, ".mem"};
  localparam Only = {InitDir, "/", Name, ".mem"};

  if ((InitDir != "") && (Index >= 0)) begin : gen_bank
    initial $readmemh(Bank, mem);
  end else if (InitDir != "") begin : gen_only
    initial $readmemh(Only, mem);
  end
`else
  initial begin : load
    string  dir;
    string  path;
    integer fd;

    dir = InitDir;
    if ($value$plusargs("NPU_ROM_DIR=%s", dir)) begin end
    if (Index < 0) path = $sformatf("%s/%s.mem", dir, Name);
    else path = $sformatf("%s/%s_%03d.mem", dir, Name, Index);
    fd   = $fopen(path, "r");
    if (fd == 0) begin
      $display("%s: cannot open (set +NPU_ROM_DIR=...)", path);
      $fatal(1, "ROM image missing");
    end else begin
      $fclose(fd);
      $readmemh(path, mem);
    end
  end
`endif

  always_ff @(posedge clk_i) begin
    if (re_i) rdata_q <= mem[addr_i];
  end

  assign rdata_o = rdata_q;

endmodule
