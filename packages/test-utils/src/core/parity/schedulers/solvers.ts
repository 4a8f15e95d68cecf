import { dpmSolverPP, type Sampler, uniPc } from '@diptych/core';
import { deis, dpmSolver, dpmSolverSinglestep, saSolver, singlestepOrders } from '@diptych/core/samplers';
import { close, only, unknown } from '../close.ts';
import { type Planners, type Wanted, chainKeys, clipKeys, chainOf, limited } from './plan.ts';
import { gridKeys, flowKeys, solverGrid, stopped } from './solver-grid.ts';

/** Order, corrector and the fall of orders at the end, as multistep solvers take them. */
export function multistepOptions({ config, n }: Wanted) {
  const few = (n < 15 || undefined) && (config.lower_order_final ?? true);
  return {
    order: config.solver_order ?? 2,
    correction: config.solver_type,
    lowerOrderFinal: few ? 2 : config.euler_at_final ? 1 : 0,
  };
}

/** Exponential integrators: DPM-Solver, DEIS, UniPC, SA-Solver. */
export const solverPlans: Planners = {
  DPMSolverMultistepScheduler(wanted) {
    const { config } = wanted;
    only(
      config,
      ...chainKeys,
      ...gridKeys,
      ...flowKeys,
      ...clipKeys,
      'solver_order',
      'algorithm_type',
      'solver_type',
      'lower_order_final',
      'euler_at_final',
    );
    const type = (config.algorithm_type ?? 'dpmsolver++') as string;
    const eta = type.startsWith('sde-') ? 1 : 0;
    const make = { 'dpmsolver++': dpmSolverPP, dpmsolver: dpmSolver }[type.replace('sde-', '')] ?? unknown(config);
    return {
      sampler: make({ ...multistepOptions(wanted), eta }),
      sigmas: solverGrid(wanted),
      denoise: limited(config),
    };
  },
  DPMSolverSinglestepScheduler(wanted) {
    const { one, config, n } = wanted;
    only(
      config,
      ...chainKeys,
      ...gridKeys,
      ...flowKeys,
      ...clipKeys,
      'solver_order',
      'algorithm_type',
      'solver_type',
      'lower_order_final',
    );
    const type = (config.algorithm_type ?? 'dpmsolver++') as string;
    // To 0, or by choice where the last block is whole, the last step has order 1; else blocks just follow each other.
    const last =
      config.final_sigmas_type !== 'sigma_min' || (config.lower_order_final && n % (config.solver_order ?? 2) === 0);
    const orders = singlestepOrders(last ? n : n + 1, config.solver_order ?? 2).slice(0, n);
    if (one.order_list) close(orders, one.order_list, 0, 'orders');
    return {
      sampler: dpmSolverSinglestep({
        order: config.solver_order,
        extrapolates: type.endsWith('++') ? 'data' : 'noise',
        eta: type.startsWith('sde-') ? 1 : 0,
        correction: config.solver_type,
        orders,
      }) as Sampler,
      sigmas: solverGrid(wanted),
      denoise: limited(config),
    };
  },
  DEISMultistepScheduler(wanted) {
    const { config } = wanted;
    only(config, ...chainKeys, ...gridKeys, ...flowKeys, ...clipKeys, 'solver_order', 'lower_order_final');
    const { order, lowerOrderFinal } = multistepOptions(wanted);
    return {
      sampler: deis({ order, lowerOrderFinal }) as Sampler,
      denoise: limited(config),
      sigmas: config.use_flow_sigmas ? solverGrid(wanted).slice(0, -1) : stopped(wanted),
    };
  },
  UniPCMultistepScheduler(wanted) {
    const { config } = wanted;
    only(
      config,
      ...chainKeys,
      ...gridKeys,
      ...flowKeys,
      ...clipKeys,
      'solver_order',
      'solver_type',
      'predict_x0',
      'disable_corrector',
      'lower_order_final',
    );
    return {
      sampler: uniPc({
        order: config.solver_order,
        variant: config.solver_type,
        extrapolates: config.predict_x0 === false ? 'noise' : 'data',
        correct: (index) => !(config.disable_corrector ?? []).includes(index),
        lowerOrderFinal: config.lower_order_final === false ? 0 : 3,
      }) as Sampler,
      sigmas: solverGrid(wanted),
      denoise: limited(config),
    };
  },
  SASolverScheduler(wanted) {
    const { config } = wanted;
    only(
      config,
      ...chainKeys,
      ...gridKeys,
      ...clipKeys,
      'predictor_order',
      'corrector_order',
      'tau',
      'algorithm_type',
      'lower_order_final',
    );
    const table = chainOf(wanted);
    const between = (sigma: number) => (table.time(sigma) >= 200 - 1e-6 && table.time(sigma) <= 800 + 1e-6 ? 1 : 0);
    return {
      sampler: saSolver({
        predictorOrder: config.predictor_order,
        correctorOrder: config.corrector_order,
        eta: config.tau ?? between,
        lowerOrderFinal: config.lower_order_final === false ? 0 : 4,
        extrapolates: (config.algorithm_type ?? 'data_prediction') === 'data_prediction' ? 'data' : 'noise',
      }) as Sampler,
      sigmas: stopped(wanted),
      denoise: limited(config),
    };
  },
};
