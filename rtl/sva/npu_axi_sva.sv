// AXI4-Lite rules at the host port, both sides: what is offered stays until it is taken, and an
// answer comes only to a question. Bound to npu_host in simulation.
module npu_axi_sva (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        awvalid,
  input logic        awready,
  input logic [23:0] awaddr,
  input logic        wvalid,
  input logic        wready,
  input logic [31:0] wdata,
  input logic [3:0]  wstrb,
  input logic        bvalid,
  input logic        bready,
  input logic [1:0]  bresp,
  input logic        arvalid,
  input logic        arready,
  input logic [23:0] araddr,
  input logic        rvalid,
  input logic        rready,
  input logic [31:0] rdata,
  input logic [1:0]  rresp
);

  // Transfers without an answer so far.
  logic       alive_q;
  logic [1:0] aw_open_q, w_open_q, ar_open_q;

  always_ff @(posedge clk_i) begin
    alive_q <= rst_ni;
    if (!rst_ni) begin
      aw_open_q <= '0;
      w_open_q  <= '0;
      ar_open_q <= '0;
    end else begin
      aw_open_q <= aw_open_q + 2'(awvalid && awready) - 2'(bvalid && bready);
      w_open_q  <= w_open_q + 2'(wvalid && wready) - 2'(bvalid && bready);
      ar_open_q <= ar_open_q + 2'(arvalid && arready) - 2'(rvalid && rready);
    end
  end

  axi_aw_stays: assert property (@(posedge clk_i) alive_q && awvalid && !awready |=>
                                 !alive_q || (awvalid && $stable(awaddr)));
  axi_w_stays: assert property (@(posedge clk_i) alive_q && wvalid && !wready |=>
                                !alive_q || (wvalid && $stable(wdata) && $stable(wstrb)));
  axi_ar_stays: assert property (@(posedge clk_i) alive_q && arvalid && !arready |=>
                                 !alive_q || (arvalid && $stable(araddr)));
  axi_b_stays: assert property (@(posedge clk_i) alive_q && bvalid && !bready |=>
                                !alive_q || (bvalid && $stable(bresp)));
  axi_r_stays: assert property (@(posedge clk_i) alive_q && rvalid && !rready |=>
                                !alive_q || (rvalid && $stable(rdata) && $stable(rresp)));
  axi_b_answers: assert property (@(posedge clk_i) !(alive_q && bvalid) ||
                                  ((aw_open_q != '0) && (w_open_q != '0)));
  axi_r_answers: assert property (@(posedge clk_i) !(alive_q && rvalid) || (ar_open_q != '0));
  axi_resp_known: assert property (@(posedge clk_i) !alive_q || (!bresp[0] && !rresp[0]));
  axi_no_x: assert property (@(posedge clk_i) !alive_q ||
                             !$isunknown({awready, wready, bvalid, arready, rvalid}));

endmodule

bind npu_host npu_axi_sva u_sva (
  .clk_i   ( clk_i         ),
  .rst_ni  ( rst_ni        ),
  .awvalid ( axi_awvalid_i ),
  .awready ( axi_awready_o ),
  .awaddr  ( axi_awaddr_i  ),
  .wvalid  ( axi_wvalid_i  ),
  .wready  ( axi_wready_o  ),
  .wdata   ( axi_wdata_i   ),
  .wstrb   ( axi_wstrb_i   ),
  .bvalid  ( axi_bvalid_o  ),
  .bready  ( axi_bready_i  ),
  .bresp   ( axi_bresp_o   ),
  .arvalid ( axi_arvalid_i ),
  .arready ( axi_arready_o ),
  .araddr  ( axi_araddr_i  ),
  .rvalid  ( axi_rvalid_o  ),
  .rready  ( axi_rready_i  ),
  .rdata   ( axi_rdata_o   ),
  .rresp   ( axi_rresp_o   )
);
