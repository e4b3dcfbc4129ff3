// Every mode of every module at several widths, all on one clock. What is compared is in binds.sv.
module tb (
  input logic clk_i
);

  // Overflow: modes x result widths, from one bit more, from many more, and from fewer.
  localparam int OverflowSets = 8;
  localparam int OverflowIn  [OverflowSets] = '{9, 20, 6, 13, 33, 34, 50, 64};
  localparam int OverflowOut [OverflowSets] = '{8,  8, 8, 1,  24, 32, 48, 48};

  for (genvar s = 0; s < OverflowSets; s++) begin : gen_overflow
    for (genvar m = 0; m < 5; m++) begin : gen_mode
      for (genvar n = 0; n < ((m < 3) ? 1 : 6); n++) begin : gen_wrap_bits
        // 0, 1, 3, all but one, all, one more
        tb_overflow #(
          .InWidth  ( OverflowIn[s]  ),
          .OutWidth ( OverflowOut[s] ),
          .Mode     ( m              ),
          .WrapBits ( (n == 2) ? 3 : (n < 2) ? n : OverflowOut[s] + n - 4 )
        ) u_tb (.*);
      end
    end
  end

  // Products: roundings x overflow modes.
  localparam int ProductSets = 3;
  localparam int ProductIn   [ProductSets] = '{16, 33, 7};
  localparam int ProductOut  [ProductSets] = '{8, 24, 4};
  localparam int ProductDrop [ProductSets] = '{5, 14, 9};

  for (genvar s = 0; s < ProductSets; s++) begin : gen_product
    for (genvar r = 0; r < 7; r++) begin : gen_rounding
      for (genvar m = 0; m < 5; m++) begin : gen_mode
        tb_product #(
          .InWidth  ( ProductIn[s]   ),
          .OutWidth ( ProductOut[s]  ),
          .Drop     ( ProductDrop[s] ),
          .Rounding ( r              ),
          .Overflow ( m              )
        ) u_tb (.*);
      end
    end
  end

  // MAC steps with exact products: modes x widths, with and without wider storage.
  localparam int PeSets = 14;
  localparam int PeLanes [PeSets] = '{1, 1,  1,  1,  1,  1,  1,  1,  1,  1,  2,  3,  4,  16};
  localparam int PeAct   [PeSets] = '{9, 9,  9,  9,  9,  17, 17, 17, 4,  9,  9,  9,  5,  9};
  localparam int PeWt    [PeSets] = '{8, 8,  8,  8,  8,  16, 17, 16, 2,  8,  8,  8,  4,  9};
  localparam int PeAcc   [PeSets] = '{8, 12, 16, 24, 32, 40, 48, 48, 20, 20, 24, 12, 32, 28};
  localparam int PeSim   [PeSets] = '{0, 32, 0,  0,  0,  0,  0,  64, 0,  32, 0,  32, 0,  32};

  for (genvar s = 0; s < PeSets; s++) begin : gen_pe
    for (genvar m = 0; m < 5; m++) begin : gen_mode
      for (genvar n = 0; n < ((m < 3) ? 1 : 2); n++) begin : gen_wrap_bits
        tb_pe #(
          .Lanes         ( PeLanes[s] ),
          .ActOpWidth    ( PeAct[s]   ),
          .WeightOpWidth ( PeWt[s]    ),
          .AccWidth      ( PeAcc[s]   ),
          .AccOverflow   ( m          ),
          .AccWrapBits   ( 3 * n      ),
          .SimWidth      ( PeSim[s]   )
        ) u_tb (.*);
      end
    end
  end

  // MAC steps with narrowed products: roundings x overflow modes, the accumulator's changing too.
  for (genvar r = 0; r < 7; r++) begin : gen_narrow
    for (genvar m = 0; m < 5; m++) begin : gen_mode
      tb_pe #(
        .Lanes           ( 1 + r % 2   ),
        .ProductWidth    ( 8           ),
        .ProductDrop     ( 5           ),
        .ProductRounding ( r           ),
        .ProductOverflow ( m           ),
        .AccWidth        ( 12          ),
        .AccOverflow     ( (r + m) % 5 ),
        .SimWidth        ( (r > 4) ? 32 : 0 )
      ) u_tb (.*);
    end
  end

  // Requantizers: roundings x widths.
  localparam int RequantSets = 8;
  localparam int RequantAcc  [RequantSets] = '{8, 16, 24, 32, 32, 40, 48, 48};
  localparam int RequantMult [RequantSets] = '{8, 16, 32, 32, 8,  25, 16, 32};
  localparam int RequantAct  [RequantSets] = '{2, 8,  8,  8,  4,  16, 16, 8};

  for (genvar s = 0; s < RequantSets; s++) begin : gen_requant
    for (genvar r = 0; r < 7; r++) begin : gen_rounding
      tb_requant #(
        .AccWidth  ( RequantAcc[s]  ),
        .MultWidth ( RequantMult[s] ),
        .ActWidth  ( RequantAct[s]  ),
        .Rounding  ( r              )
      ) u_tb (.*);
    end
  end

endmodule
