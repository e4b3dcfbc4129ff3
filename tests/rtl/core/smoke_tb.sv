// npu_core_top in a second, four-state simulator: does what bench.cpp's plan says.
module smoke_tb;

  logic        clk = 1'b0;
  logic        rst_n = 1'b0;
  logic        awvalid = 1'b0, wvalid = 1'b0, bready = 1'b1, arvalid = 1'b0, rready = 1'b1;
  logic        awready, wready, bvalid, arready, rvalid, irq;
  logic [23:0] awaddr = '0, araddr = '0;
  logic [31:0] wdata = '0, rdata;
  logic [1:0]  bresp, rresp;

  string  path;
  integer file, kind, address, data, got, checks = 0, errors = 0, cycles = 0;

  npu_core_top u_dut (
    .clk_i         ( clk     ),
    .rst_ni        ( rst_n   ),
    .axi_awvalid_i ( awvalid ),
    .axi_awready_o ( awready ),
    .axi_awaddr_i  ( awaddr  ),
    .axi_awprot_i  ( 3'd0    ),
    .axi_wvalid_i  ( wvalid  ),
    .axi_wready_o  ( wready  ),
    .axi_wdata_i   ( wdata   ),
    .axi_wstrb_i   ( 4'hf    ),
    .axi_bvalid_o  ( bvalid  ),
    .axi_bready_i  ( bready  ),
    .axi_bresp_o   ( bresp   ),
    .axi_arvalid_i ( arvalid ),
    .axi_arready_o ( arready ),
    .axi_araddr_i  ( araddr  ),
    .axi_arprot_i  ( 3'd0    ),
    .axi_rvalid_o  ( rvalid  ),
    .axi_rready_i  ( rready  ),
    .axi_rdata_o   ( rdata   ),
    .axi_rresp_o   ( rresp   ),
    .irq_o         ( irq     )
  );

  always #5 clk = !clk;

  // No X once reset is over, and none in an answer. What is read is a register or was written.
  always @(posedge clk) begin
    if (rst_n && ((^{awready, wready, bvalid, arready, rvalid, irq}) === 1'bx)) begin
      $display("FAILED: X at the port at %0t", $time);
      $finish;
    end
    if (rst_n && ((rvalid && ((^{rdata, rresp}) === 1'bx)) || (bvalid && ((^bresp) === 1'bx)))) begin
      $display("FAILED: X in the answer at %0t, address %h: %h", $time, araddr, rdata);
      $finish;
    end
    cycles = cycles + 1;
    if (cycles > 400000) begin
      $display("FAILED: no end");
      $finish;
    end
  end

  task automatic write(input [23:0] at, input [31:0] value);
    @(negedge clk);
    awvalid = 1'b1; wvalid = 1'b1; awaddr = at; wdata = value;
    @(negedge clk);
    awvalid = 1'b0; wvalid = 1'b0;
    while (!bvalid) @(negedge clk);
    @(negedge clk);
  endtask

  task automatic read(input [23:0] at);
    @(negedge clk);
    arvalid = 1'b1; araddr = at;
    @(negedge clk);
    arvalid = 1'b0;
    while (!rvalid) @(negedge clk);
    got = rdata;
    @(negedge clk);
  endtask

  initial begin
    if (!$value$plusargs("PLAN=%s", path)) path = "plan";
    file = $fopen(path, "r");
    repeat (4) @(negedge clk);
    rst_n = 1'b1;
    write(24'h10, 32'd1);
    while ($fscanf(file, "%h %h %h\n", kind, address, data) == 3) begin
      case (kind)
        0: write(address[23:0], data);
        1: begin
          read(address[23:0]);
          checks = checks + 1;
          if (got !== data) begin
            $display("address %h: %h, expected %h", address, got, data);
            errors = errors + 1;
          end
        end
        3: begin
          read(address[23:0]);
          checks = checks + 1;
        end
        4: begin
          write(24'h8, 32'd1);
          repeat (data) @(negedge clk);
          write(24'h8, 32'd8);
          read(24'hc);
          checks = checks + 1;
          if ((got & 32'hffff) !== 32'h0704) begin
            $display("aborted after %0d cycles: status %h", data, got);
            errors = errors + 1;
          end
          write(24'h8, 32'd2);
        end
        default: begin
          write(24'h8, 32'd1);
          while (!irq) @(negedge clk);
        end
      endcase
    end
    if ((errors == 0) && (checks > 0)) $display("ok: %0d checks", checks);
    else $display("FAILED: %0d of %0d checks", errors, checks);
    $finish;
  end

endmodule
